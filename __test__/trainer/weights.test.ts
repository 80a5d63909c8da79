// Weights of samples and classes in a run: the same numbers as samples left out or repeated, exact
// over batches that weigh differently.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  crossEntropy,
  dense,
  fromArrays,
  meanSquaredError,
  sequential,
  sgd,
  Trainer,
} from '../../src/index.ts'
import type { RunConfig } from '../../src/index.ts'
import { codeOf, hashOf } from './small.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-weights-'))
afterAll(() => rmSync(folder, { recursive: true }))

const x = Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(3 * i)])
const y = [0, 1, 2, 0, 0, 0, 1, 2, 0, 1, 0, 0]
const weight = [1, 2, 0, 1, 0.5, 3, 0, 0, 0, 0, 4, 1]

const run: RunConfig = {
  model: sequential([dense({ units: 3 })]),
  data: fromArrays({ x, y, weight }),
  loss: crossEntropy(),
  optimizer: sgd({ learningRate: 0.1 }),
  batchSize: 5,
  epochs: 3,
  threads: 1,
}

test('a sample of weight 2 counts like two of it, one of weight 0 like none', async () => {
  const whole = { ...run, batchSize: 12, shuffle: false }
  const counts = [1, 2, 0, 1, 3]
  const first = counts.map((_, i) => i)
  const repeated = first.flatMap((i) => Array.from({ length: counts[i] ?? 0 }, () => i))
  const weighted = new Trainer({
    ...whole,
    data: fromArrays({ x: x.slice(0, 5), y: y.slice(0, 5), weight: counts }),
  })
  const plain = new Trainer({
    ...whole,
    data: fromArrays({ x: repeated.map((i) => x[i] ?? []), y: repeated.map((i) => y[i] ?? 0) }),
  })
  const [a, b] = [await weighted.fit(), await plain.fit()]
  expect(a.history.map(({ loss }) => loss.toFixed(5))).toEqual(
    b.history.map(({ loss }) => loss.toFixed(5)),
  )
  expect((await weighted.evaluate('train')).loss).toBeCloseTo(
    (await plain.evaluate('train')).loss,
    5,
  )
})

test('the loss of a part does not depend on how its batches divide the weights', async () => {
  const losses = new Set<string>()
  for (const batchSize of [1, 4, 5, 12]) {
    const trainer = new Trainer({ ...run, batchSize, classWeight: [1, 0.5, 2] })
    losses.add((await trainer.evaluate('train')).loss.toFixed(5))
  }
  expect(losses.size).toBe(1)
})

test('the loss of an epoch is exact where batches ignore different numbers of samples', async () => {
  const still = { ...run, optimizer: sgd({ learningRate: 0 }), epochs: 1, batchSize: 5 }
  const data = fromArrays({ x, y: y.map((label) => (label === 2 ? -1 : label)) })
  const trainer = new Trainer({ ...still, data, loss: crossEntropy({ ignoreIndex: -1 }) })
  const { history } = await trainer.fit()
  const kept = y.flatMap((label, i) => (label === 2 ? [] : [i]))
  const plain = new Trainer({
    ...still,
    data: fromArrays({ x: kept.map((i) => x[i] ?? []), y: kept.map((i) => y[i] ?? 0) }),
  })
  expect(history[0]?.loss).toBeCloseTo((await plain.evaluate('train')).loss, 6)
})

test('balanced classes weigh as scikit-learn has it, and a saved run keeps them', async () => {
  const data = fromArrays({ x, y })
  const balanced = new Trainer({ ...run, data, classWeight: 'balanced' })
  const given = new Trainer({ ...run, data, classWeight: [12 / (3 * 7), 12 / 9, 12 / 6] })
  await Promise.all([balanced.fit(), given.fit()])
  expect(await hashOf(balanced)).toBe(await hashOf(given))
  const file = join(folder, 'balanced.safetensors')
  await balanced.save(file)
  const loaded = await Trainer.load(file, {
    data: fromArrays({ x: x.slice(0, 4), y: y.slice(0, 4) }),
  })
  expect(loaded.config.classWeight).toEqual(given.config.classWeight)
})

test('a saved run with weights of samples is measured with them again', async () => {
  const trainer = new Trainer(run)
  await trainer.fit()
  const file = join(folder, 'weighted.safetensors')
  await trainer.save(file)
  const loaded = await Trainer.load(file, { data: run.data })
  expect((await loaded.evaluate('train')).loss).toBe((await trainer.evaluate('train')).loss)
})

test('validation without weights beside weighted samples counts 1 each', async () => {
  const validation = { x: x.slice(0, 4), y: y.slice(0, 4) }
  const trainer = new Trainer({ ...run, data: fromArrays({ x, y, weight }, { validation }) })
  const plain = new Trainer({ ...run, data: fromArrays(validation) })
  const { loss } = await trainer.evaluate('validation')
  expect(loss).toBeCloseTo((await plain.evaluate('train')).loss, 6)
})

test.each([
  ['a negative weight', { data: fromArrays({ x, y, weight: weight.with(3, -1) }) }, 'DATA'],
  ['a weight that is NaN', { data: fromArrays({ x, y, weight: weight.with(3, NaN) }) }, 'DATA'],
  ['weights that are all 0', { data: fromArrays({ x, y, weight: x.map(() => 0) }) }, 'DATA'],
  ['a weight too few', { data: fromArrays({ x, y, weight: weight.slice(1) }) }, 'DATA'],
  ['class weights of the wrong length', { classWeight: [1, 2] }, 'CONFIG'],
  [
    'class weights for a loss without classes',
    { loss: meanSquaredError(), classWeight: [1, 2, 3] },
    'CONFIG',
  ],
  [
    'a label that is no class, beside an ignored one',
    { data: fromArrays({ x, y: y.with(2, 5) }), loss: crossEntropy({ ignoreIndex: -1 }) },
    'DATA',
  ],
])('%s is refused', async (_, changes, code) => {
  const made = (): Trainer => new Trainer({ ...run, ...(changes as Partial<RunConfig>) })
  expect(await codeOf(() => made().fit())).toBe(code)
})

test('a name that is no way to weigh classes is refused by its path', () => {
  expect(() => new Trainer({ ...run, classWeight: 'even' as never })).toThrow(
    /^classWeight: expected/,
  )
})
