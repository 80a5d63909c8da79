// The batch that follows the gradient's noise: the estimate, the doubling, the rate, and what is kept.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import { parse } from '../../src/config/index.ts'
import { batchSizeSchema, measuredNoise, noiseScale } from '../../src/data/index.ts'
import {
  adaptiveBatch,
  dense,
  fromArrays,
  linear,
  meanSquaredError,
  sgd,
  Trainer,
} from '../../src/index.ts'
import type { AdaptiveBatchOptions, FitResult, RunConfig } from '../../src/index.ts'
import { digits, hashOf } from './small.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-adaptive-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Numbers from 0 to 1 that a seed decides: mulberry32. */
function uniforms(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Mean and variance of `samples` draws from normal distributions, one for each mean. */
function drawn(
  means: readonly number[],
  deviation: number,
  samples: number,
  uniform: () => number,
): { samples: number; mean: Float64Array; variance: Float64Array } {
  const columns = means.map((mean) =>
    Array.from({ length: samples }, () => {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
      return mean + deviation * radius * Math.cos(2 * Math.PI * uniform())
    }),
  )
  const average = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / samples
  const mean = Float64Array.from(columns, average)
  const variance = Float64Array.from(columns, (values, i) =>
    values.reduce((sum, value) => sum + (value - (mean[i] ?? 0)) ** 2 / (samples - 1), 0),
  )
  return { samples, mean, variance }
}

test('the noise scale of gradients drawn around a known mean is the known one', () => {
  const uniform = uniforms(1)
  const means = Array.from({ length: 50 }, (_, i) => (i % 5) / 20)
  const square = means.reduce((sum, mean) => sum + mean ** 2, 0)
  const expected = (means.length * 0.5 ** 2) / square
  let trace = 0
  let norm = 0
  for (let i = 0; i < 400; i++) {
    const found = measuredNoise(drawn(means, 0.5, 16, uniform), undefined, 0)
    trace += found.trace
    norm += found.square
  }
  expect(noiseScale({ trace, square: norm }) / expected).toBeCloseTo(1, 1)
})

test('measurements are smoothed apart, and nothing but noise has an infinite scale', () => {
  const moments = { samples: 10, mean: Float64Array.of(2), variance: Float64Array.of(10) }
  const first = measuredNoise(moments, undefined, 0.75)
  expect(first).toEqual({ trace: 2.5, square: 0.75 })
  const second = measuredNoise(moments, first, 0.75)
  expect(second).toEqual({ trace: 0.75 * 2.5 + 2.5, square: 0.75 * 0.75 + 0.75 })
  expect(noiseScale(second)).toBeCloseTo(noiseScale(first), 12)
  expect(noiseScale({ trace: 1, square: -1 })).toBe(Infinity)
})

/** A line whose labels are mostly noise: the noise scale is far above any batch. */
function noisy(options: Partial<AdaptiveBatchOptions> = {}): RunConfig {
  const x = Array.from({ length: 256 }, (_, i) => [((i * 37) % 64) / 32 - 1])
  const y = x.map((_, i) => [i % 128 < 64 ? 5 : -5])
  return {
    model: dense({ units: 1 }),
    data: fromArrays({ x, y }),
    loss: meanSquaredError(),
    optimizer: sgd({ learningRate: 0.01 }),
    batchSize: adaptiveBatch({ initial: 8, max: 40, samples: 256, ...options }),
    epochs: 4,
    threads: 1,
  }
}

function sizesOf({ history }: FitResult): (number | undefined)[] {
  return history.map(({ batchSize }) => batchSize)
}

test('the batch doubles after each measurement that allows it, up to its bound', async () => {
  const run = await new Trainer(noisy()).fit()
  expect(sizesOf(run)).toEqual([8, 16, 32, 32])
  expect(run.steps).toBe(32 + 16 + 8 + 8)
  expect(sizesOf(await new Trainer(noisy({ every: 2 })).fit())).toEqual([8, 8, 16, 16])
})

test('a gradient without noise leaves the batch as it is', async () => {
  const x = Array.from({ length: 64 }, () => [1])
  const data = fromArrays({ x, y: x.map(() => [100]) })
  expect(sizesOf(await new Trainer({ ...noisy(), data }).fit())).toEqual([8, 8, 8, 8])
})

test.each([
  ['sqrt', [1, Math.SQRT2, 2, 2]],
  ['linear', [1, 2, 4, 4]],
  ['constant', [1, 1, 1, 1]],
] as const)('the learning rate follows by the rule %s', async (learningRate, factors) => {
  const { history } = await new Trainer(noisy({ learningRate })).fit()
  const rates = history.map((event) => event.learningRate / 0.01)
  expect(rates).toEqual(factors.map((factor) => expect.closeTo(factor, 12) as number))
})

test('a schedule over the run ends where the run ends, as the batch grows', async () => {
  const learningRate = linear({ initial: 0.01 })
  const config = { ...noisy({ learningRate: 'constant' }), optimizer: sgd({ learningRate }) }
  const { history, steps } = await new Trainer(config).fit()
  expect(history.at(-1)?.learningRate).toBeCloseTo(0.01 / steps, 12)
})

test('a loaded trainer goes on with the batch that has grown', async () => {
  const batchSize = adaptiveBatch({ initial: 16, max: 64, samples: 32 })
  const config = { ...digits, batchSize }
  const whole = new Trainer({ ...config, epochs: 4 })
  const sizes = sizesOf(await whole.fit())
  expect(sizes).toEqual([16, 32, 64, 64])
  const half = new Trainer(config)
  await half.fit()
  const file = join(folder, 'half.safetensors')
  await half.save(file)
  const loaded = await Trainer.load(file)
  expect(sizesOf(await loaded.fit())).toEqual(sizes.slice(2))
  expect(await hashOf(loaded)).toBe(await hashOf(whole))
  expect((await loaded.inspect()).batch).toBe(64)
})

test.each([
  [{ initial: 9, max: 8 }, 'max: expected at least `initial`'],
  [{ initial: 0, max: 8 }, 'initial: expected a whole number of at least 1, got 0'],
  [{ initial: 1 }, 'max: expected a whole number of at least 1, got nothing'],
  [{ initial: 1, max: 8, samples: 1 }, 'samples: expected a whole number of at least 2, got 1'],
  [{ initial: 1, max: 8, smoothing: 1 }, 'smoothing: expected a number at least 0 and below 1'],
  [{ initial: 1, max: 8, learningRate: 'root' }, 'learningRate: expected one of sqrt, linear'],
])('%j is refused', (options, message) => {
  expect(() => parse(batchSizeSchema, { type: 'adaptiveBatch', ...options })).toThrow(message)
})
