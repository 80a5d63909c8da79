// Optimizers, clipping, groups, accumulation, averages and constraints against what `optimizers.py`
// computed in float64.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import {
  conv2d,
  dense,
  flatten,
  fromArrays,
  meanSquaredError,
  sequential,
  Trainer,
} from '../../src/index.ts'
import type { Constraint, OptimizerConfig } from '../../src/index.ts'
import { optimizers } from '../../src/optim/index.ts'

interface Case {
  readonly name: string
  readonly optimizer: OptimizerConfig
  readonly run: {
    readonly batchSize: number
    readonly accumulate: number
    readonly epochs: number
    readonly constraint?: Constraint
  }
  readonly final: Readonly<Record<string, readonly number[]>>
  readonly averaged?: Readonly<Record<string, readonly number[]>>
}

const file = fileURLToPath(new URL('optimizers.json', import.meta.url))
const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[]

const samples = 60
const shapes = {
  'layers.0.weight': 24,
  'layers.0.bias': 3,
  'layers.2.weight': 24,
  'layers.2.bias': 2,
}

/** The formula that `optimizers.py` makes data and first weights of. */
function numbers(count: number, factor: number, modulus: number): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, i) => ((i * factor + 13) % modulus) / (modulus / 2) - 1,
  )
}

const flatTargets = numbers(samples * 2, 6101, 97)
const targets = Array.from({ length: samples }, (_, i) => [
  flatTargets[2 * i] ?? 0,
  flatTargets[2 * i + 1] ?? 0,
])

/** The trainer of a case, before its first step. */
async function trainerOf({ optimizer, run }: Case, threads = 1): Promise<Trainer> {
  const { constraint, ...rest } = run
  const constraints = constraint && { kernelConstraint: constraint, biasConstraint: constraint }
  const trainer = new Trainer({
    model: sequential([
      conv2d({ filters: 3, kernelSize: 2, ...constraints }),
      flatten(),
      dense({ units: 2, ...constraints }),
    ]),
    data: fromArrays({ x: numbers(samples * 18, 7919, 101), y: targets }, { shape: [3, 3, 2] }),
    loss: meanSquaredError(),
    optimizer,
    shuffle: false,
    threads,
    ...rest,
  })
  const first = Object.entries(shapes).map(([name, count], number) => {
    return [name, numbers(count, 31 + 2 * number, 19).map((x) => x * 0.5)]
  })
  await trainer.setWeights(Object.fromEntries(first) as Record<string, Float32Array>)
  return trainer
}

/** Elements that are further away than `assert_close` of float32 allows: `1e-5 + 1.3e-6 |wanted|`. */
function apart(got: Readonly<Record<string, Float32Array>>, wanted: Case['final']): unknown[] {
  return Object.entries(wanted).flatMap(([name, values]) =>
    values.flatMap((value, i) => {
      const came = got[name]?.[i] ?? Number.NaN
      const near = Math.abs(came - value) <= 1e-5 + 1.3e-6 * Math.abs(value)
      return near ? [] : [`${name}[${i}]: ${came}, not ${value}`]
    }),
  )
}

test.each(cases)('the weights end where $by ends: $name', async (one) => {
  const trainer = await trainerOf(one)
  await trainer.fit()
  expect(apart(await trainer.weights(), one.final)).toEqual([])
  const averaged = await trainer.weights({ averaged: true })
  expect(apart(averaged, one.averaged ?? one.final)).toEqual([])
})

test('every optimizer and each of its options is among the cases', () => {
  for (const [type, { schema }] of Object.entries(optimizers)) {
    const mine = cases.map(({ optimizer }) => optimizer).filter((config) => config.type === type)
    const tried = new Set(mine.flatMap((config) => Object.keys(config)))
    const { groups: _, learningRate: __, type: ___, ...own } = schema.parse({ type }) as object & {
      groups: unknown
      learningRate: unknown
      type: unknown
    }
    expect(Object.keys(own).filter((option) => !tried.has(option))).toEqual([])
  }
})
