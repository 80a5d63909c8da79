// Every loss in a trainer: it falls, trains the same on any number of threads, is saved and loaded, and
// takes weights of samples.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  adam,
  binaryCrossEntropy,
  categoricalHinge,
  contrastive,
  cosineSimilarity,
  crossEntropy,
  ctc,
  dense,
  focal,
  fromArrays,
  gaussianNll,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  poisson,
  reshape,
  sequential,
  Trainer,
  tripletMargin,
} from '../../src/index.ts'
import type { ArraysConfig, LossConfig } from '../../src/index.ts'
import { losses } from '../../src/nn/index.ts'
import { elements } from '../../src/tensor/index.ts'
import { hashOf } from './small.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-losses-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Case {
  readonly loss: LossConfig
  /** The shape of an output, and of a target. */
  readonly output: readonly number[]
  readonly target: readonly number[]
  /** The target of a sample whose input says `up` or not, at a place. */
  readonly y: (up: boolean, place: number) => number
  readonly labels?: true
}

const number = (up: boolean, place: number): number => (up ? 1 : -1) + place / 4
const sign = (up: boolean): number => Number(up)
const cases: readonly Case[] = [
  { loss: binaryCrossEntropy(), output: [1], target: [1], y: sign },
  { loss: categoricalHinge(), output: [3], target: [], y: sign, labels: true },
  { loss: contrastive(), output: [2, 3], target: [], y: sign },
  { loss: cosineSimilarity(), output: [3], target: [3], y: number },
  { loss: crossEntropy(), output: [3], target: [], y: sign, labels: true },
  {
    loss: ctc(),
    output: [5, 3],
    target: [2],
    y: (up, place) => (up ? 1 : 2 - 3 * place),
    labels: true,
  },
  { loss: focal(), output: [3], target: [], y: sign, labels: true },
  { loss: gaussianNll({ logVariance: true }), output: [4], target: [2], y: number },
  { loss: hinge(), output: [1], target: [1], y: sign },
  { loss: huber(), output: [2], target: [2], y: number },
  {
    loss: klDivergence({ fromLogits: true }),
    output: [2],
    target: [2],
    y: (up, place) => (up === (place === 0) ? 0.9 : 0.1),
  },
  { loss: logCosh(), output: [2], target: [2], y: number },
  { loss: meanAbsoluteError(), output: [2], target: [2], y: number },
  { loss: meanSquaredError(), output: [2], target: [2], y: number },
  { loss: poisson(), output: [2], target: [2], y: (up, place) => (up ? 3 : 1) + place },
  { loss: tripletMargin(), output: [3, 2], target: [], y: sign },
]

const samples = 16

function data({ target, y, labels }: Case, weight?: number): ArraysConfig {
  const width = elements(target)
  const inputs = Array.from({ length: samples }, (_, i) => [Math.sin(i), Math.cos(2 * i), 1])
  const values = inputs.flatMap(([first = 0]) =>
    Array.from({ length: width }, (_, place) => y(first > 0, place)),
  )
  const weights = Array.from({ length: samples }, () => weight ?? 1)
  return fromArrays(
    {
      x: inputs,
      y: labels ? Int32Array.from(values) : Float32Array.from(values),
      ...(weight !== undefined && { weight: weights }),
    },
    { targetShape: target, validation: 0 },
  )
}

function trainer(one: Case, threads: number, weight?: number): Trainer {
  const units = elements(one.output)
  return new Trainer({
    model: sequential([dense({ units }), reshape({ shape: [...one.output] })]),
    data: data(one, weight),
    loss: one.loss,
    optimizer: adam({ learningRate: 0.05 }),
    batchSize: 5,
    epochs: 6,
    seed: 1,
    threads,
  })
}

test('every loss has its case here', () => {
  expect(cases.map(({ loss }) => loss.type)).toEqual(Object.keys(losses))
})

test.each(cases)('$loss.type falls, alike on one and three threads', async (one) => {
  const hashes = []
  for (const threads of [1, 3]) {
    const run = trainer(one, threads)
    const { history } = await run.fit()
    expect(history.at(-1)?.loss).toBeLessThan(history[0]?.loss ?? 0)
    hashes.push(await hashOf(run))
  }
  expect(hashes[1]).toBe(hashes[0])
})

test.each(cases)('$loss.type goes on from a file as if it had never stopped', async (one) => {
  const run = trainer(one, 1)
  await run.fit()
  const file = join(folder, `${one.loss.type}.safetensors`)
  await run.save(file)
  const loaded = await Trainer.load(file, { data: data(one) })
  expect(loaded.config.loss).toEqual(run.config.loss)
  await Promise.all([run.fit(), loaded.fit()])
  expect(await hashOf(loaded)).toBe(await hashOf(run))
})

test.each(cases)('equal weights of samples leave $loss.type as it is', async (one) => {
  const [plain, weighted] = [trainer(one, 1), trainer(one, 1, 2.5)]
  const found = await Promise.all([plain.evaluate('train'), weighted.evaluate('train')])
  expect(found[1].loss).toBeCloseTo(found[0].loss, 5)
})
