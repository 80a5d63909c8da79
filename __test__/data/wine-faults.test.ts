// A thousand faults planted in the wine-quality set are found, and the report says where.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import { preprocess, preprocessor } from '../../src/data/table/preprocess/index.ts'
import type { PreprocessReport, StepConfig } from '../../src/data/table/preprocess/index.ts'
import { readTable } from '../../src/data/table/index.ts'
import type { Table } from '../../src/data/table/index.ts'
import { sharedData } from './shared-data.ts'
import { plant, wines } from './wine-faults.ts'
import type { Fault } from './wine-faults.ts'

const folder = sharedData('tabular')
const scratch = mkdtempSync(join(tmpdir(), 'attune-wine-'))
afterAll(() => {
  rmSync(scratch, { recursive: true })
})

const all = 100_000
/** The default rules, and one that is stated: what wine can be. */
const ranges: StepConfig[] = [
  preprocess.range({ columns: 'density', min: 0.9, max: 1.1 }),
  preprocess.range({ columns: 'pH', min: 2, max: 5 }),
  preprocess.range({ columns: 'alcohol', min: 0, max: 20 }),
]
const [duplicates, types, misspelt, ...others] = preprocess.defaults()
const steps = [duplicates!, types!, misspelt!, ...ranges, ...others]

function read(text: string): Promise<Table> {
  const file = join(scratch, 'wine.csv')
  writeFileSync(file, text)
  return readTable(file)
}

/** Where each rule found something; a value that another rule set missing is not missing once more. */
function found({ findings }: PreprocessReport): Fault[] {
  const places = new Set<string>()
  return findings.flatMap(({ rule, column, examples, count }) => {
    expect(examples).toHaveLength(count)
    return examples.flatMap(({ row }) => {
      const place = `${row} ${column}`
      const known = rule === 'missing' && places.has(place)
      places.add(place)
      return known ? [] : [{ kind: rule as Fault['kind'], row, ...(column && { column }) }]
    })
  })
}

const keys = (faults: readonly Fault[]): string[] =>
  faults.map(({ kind, row, column = 'row' }) => `${kind} ${row} ${column}`).toSorted()

test.skipIf(folder === undefined)(
  'all of 1,000 planted faults are found where they are, and at most one in a hundred is none',
  async () => {
    const { text, faults } = plant(folder ?? '', 200)
    expect(faults).toHaveLength(1000)
    const { train } = await preprocessor(await read(text), { steps, examples: all })
    const told = keys(found(train.report))
    const planted = keys(faults)
    const [seen, wanted] = [new Set(told), new Set(planted)]
    const lost = planted.filter((key) => !seen.has(key))
    const wrong = told.filter((key) => !wanted.has(key))
    process.stderr.write(
      `wine: ${planted.length} faults, ${planted.length - lost.length} found, ${wrong.length} false\n`,
    )
    expect(lost).toEqual([])
    expect(wrong.length).toBeLessThanOrEqual(10)
  },
)

test.skipIf(folder === undefined)('wines without faults are left as they are', async () => {
  const { names, rows } = wines(folder ?? '')
  const text = [names, ...rows].map((row) => row.join()).join('\n')
  const { train } = await preprocessor(await read(text), { steps, examples: all })
  expect(found(train.report)).toEqual([])
  expect(train.shape).toEqual([rows.length, 14])
})
