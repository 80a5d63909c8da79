// Steps of tables beside scikit-learn: what preprocess.py wrote.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { prepareParts, Preprocessor, preprocessor } from '../../src/data/table/preprocess/index.ts'
import { nativeTable } from '../../src/data/table/preprocess/table-input.ts'
import type { StepConfig, TableColumns } from '../../src/data/table/preprocess/index.ts'

interface Case {
  name: string
  target: string | null
  steps: StepConfig[]
  columns: string[]
  train: number[][]
  other: number[][]
  back?: (number | string | null)[][]
}

const { tables, cases, weights } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'preprocess.json'), 'utf8'),
) as { tables: { train: TableColumns; other: TableColumns }
  cases: Case[]
  weights: Record<string, Record<string, number>>
}

/** The largest error, as a share of the largest value or of 1. */
function error(found: ArrayLike<number>, wanted: readonly number[]): number {
  if (found.length !== wanted.length || found.length === 0) return Number.NaN
  const scale = Math.max(1, ...wanted.map(Math.abs))
  return Math.max(...wanted.map((x, i) => Math.abs(x - (found[i] ?? Number.NaN)))) / scale
}

const fit = ({ steps, target }: Case) =>
  preprocessor(tables.train, { steps, ...(target !== null && { target }) })

test('there are cases of every scaler, imputer and encoder', () => {
  const types = new Set(cases.flatMap(({ steps }) => steps.map(({ type }) => type)))
  expect([...types].toSorted()).toEqual([
    'log',
    'maxAbs',
    'minMax',
    'missing',
    'oneHot',
    'ordinal',
    'quantile',
    'rare',
    'robust',
    'select',
    'standard',
    'targetEncode',
    'yeoJohnson',
  ])
})

test.for(cases)('$name is that of scikit-learn', async (wanted) => {
  const { preprocessor: fitted, train } = await fit(wanted)
  expect(error(train.x, wanted.train.flat())).toBeLessThan(1e-6)
  const other = await fitted.apply(tables.other)
  expect(other.shape).toEqual([wanted.other.length, wanted.other[0]?.length])
  expect(error(other.x, wanted.other.flat())).toBeLessThan(1e-6)
  const again = await Preprocessor.from(JSON.stringify(fitted)).apply(tables.other)
  expect(again.x).toEqual(other.x)
})

test.for(cases.filter(({ back }) => back !== undefined))(
  'what $name made comes back as from scikit-learn',
  async (wanted) => {
    const { preprocessor: fitted } = await fit(wanted)
    const back = await fitted.invert((await fitted.apply(tables.other)).x)
    const numbers = wanted.columns.flatMap((name, place) => {
      const values = wanted.back?.[place] ?? []
      return typeof values[0] === 'number' ? [error(back[name] as Float64Array, values as number[])] : []
    })
    expect(Math.max(0, ...numbers)).toBeLessThan(2e-5)
    const texts = wanted.columns.filter((_, at) => typeof wanted.back?.[at]?.[0] === 'string')
    expect(texts.map((name) => back[name])).toEqual(
      texts.map((name) => wanted.back?.[wanted.columns.indexOf(name)]),
    )
    expect(numbers.length + texts.length).toBe(wanted.columns.length)
  },
)

test.for(Object.entries(weights))(
  'samples weigh as scikit-learn weighs the classes of %s',
  async ([target, wanted]) => {
    const { train, classes = [] } = await prepareParts(
      { train: { table: await nativeTable(tables.train), name: 'train' } },
      {
        steps: [{ type: 'select', columns: { names: ['even'] } }],
        target,
        classification: true,
        balance: 'weights',
        onBadSample: 'error',
        seed: 0,
        where: 'data',
      },
    )
    expect(classes).toEqual(Object.keys(wanted))
    const labels = Array.from(train.column('y'), (label) => classes[label] ?? '')
    expect(labels).toEqual(tables.train[target])
    const found = [...train.column('weight')]
    expect(error(found, labels.map((label) => wanted[label] ?? Number.NaN))).toBeLessThan(1e-6)
  },
)
