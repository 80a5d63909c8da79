// Layers that draw random numbers: how much falls, what falls together, and what decides it.

import { expect, test } from 'vitest'

import { dropout, dropPath, gaussianNoise, spatialDropout } from '../../src/index.ts'
import type { LayerConfig } from '../../src/index.ts'
import { runLayer } from '../golden/run-layer.ts'

const shape = [50, 4, 5, 20]
const count = 20_000
const ones = new Float32Array(count).fill(1)

interface Options {
  readonly seed?: number
  readonly step?: number
  readonly mode?: 'train' | 'eval'
}

/** What a layer makes of ones, and the gradient of its sum. */
async function drawn(config: LayerConfig, options: Options = {}): Promise<Float32Array[]> {
  const run = { config, mode: 'train', x: ones, shape, dy: () => ones, ...options } as const
  const { y, dx } = await runLayer(run)
  return [y ?? ones, dx ?? ones]
}

/** The values of one group of places, such as a channel of a sample. */
function group(values: Float32Array, of: (sample: number, channel: number) => boolean): number[] {
  return [...values].filter((_, i) => of(Math.floor(i / 400), i % 20))
}

const kinds = [
  { name: 'dropout', make: dropout, groups: count },
  { name: 'spatialDropout', make: spatialDropout, groups: 1000 },
  { name: 'dropPath', make: dropPath, groups: 50 },
] as const

for (const { name, make, groups } of kinds) {
  test.each([0.1, 0.5, 0.8])(`${name} drops a share of %d and keeps the mean`, async (rate) => {
    const values: number[] = []
    for (let step = 0; step < 20; step++)
      values.push(...(await drawn(make({ rate }), { step }))[0]!)
    const kept = Math.fround(1 / (1 - rate))
    for (const value of new Set(values)) {
      expect(value === 0 || Math.abs(value / kept - 1) < 1e-6).toBe(true)
    }
    const share = values.filter((value) => value === 0).length / values.length
    // Four standard deviations of that many independent draws.
    const bound = 4 * Math.sqrt((rate * (1 - rate)) / (20 * groups))
    expect(Math.abs(share - rate)).toBeLessThan(bound)
  })

  test(`${name} is decided by the seed and the step, and its gradient drops the same`, async () => {
    const config = make({ rate: 0.5 })
    const [y, dx] = await drawn(config)
    expect(dx).toEqual(y)
    expect((await drawn(config))[0]).toEqual(y)
    expect((await drawn(config, { seed: 1 }))[0]).not.toEqual(y)
    expect((await drawn(config, { step: 1 }))[0]).not.toEqual(y)
  })

  test(`${name} hands its input on when it does not train, and at a rate of 0`, async () => {
    expect((await drawn(make({ rate: 0.5 }), { mode: 'eval' }))[0]).toEqual(ones)
    expect((await drawn(make({ rate: 0 })))[0]).toEqual(ones)
  })
}

test('spatialDropout drops whole channels of a sample, and not the same of each', async () => {
  const [y] = await drawn(spatialDropout({ rate: 0.5 }))
  const channels = Array.from({ length: 20 }, (_, channel) =>
    group(y!, (sample, c) => sample === 3 && c === channel),
  )
  for (const channel of channels) expect(new Set(channel).size).toBe(1)
  expect(new Set(channels.map(([value]) => value)).size).toBe(2)
  const first = Array.from({ length: 50 }, (_, sample) => y![sample * 400])
  expect(new Set(first).size).toBe(2)
})

test('dropPath drops whole samples', async () => {
  const [y] = await drawn(dropPath({ rate: 0.5 }))
  const samples = Array.from({ length: 50 }, (_, sample) => group(y!, (of) => of === sample))
  for (const sample of samples) expect(new Set(sample).size).toBe(1)
  expect(new Set(samples.map(([value]) => value)).size).toBe(2)
})

test('gaussianNoise adds numbers of mean 0 and its deviation, of which few are far', async () => {
  const values: number[] = []
  for (let step = 0; step < 5; step++) {
    const [y] = await drawn(gaussianNoise({ deviation: 0.5 }), { step })
    values.push(...y!.map((value) => (value - 1) / 0.5))
  }
  const mean = (f: (z: number) => number): number =>
    values.reduce((sum, z) => sum + f(z), 0) / values.length
  // Four standard deviations of 100,000 normal numbers.
  expect(Math.abs(mean((z) => z))).toBeLessThan(0.0127)
  expect(Math.abs(mean((z) => z * z) - 1)).toBeLessThan(0.018)
  expect(Math.abs(mean((z) => (Math.abs(z) > 2 ? 1 : 0)) - 0.0455)).toBeLessThan(0.0027)
})

test('gaussianNoise is decided by the seed and the step, and its gradient is that of the sum', async () => {
  const config = gaussianNoise({ deviation: 0.5 })
  const [y, dx] = await drawn(config)
  expect(dx).toEqual(ones)
  expect((await drawn(config))[0]).toEqual(y)
  expect((await drawn(config, { seed: 1 }))[0]).not.toEqual(y)
  expect((await drawn(config, { step: 1 }))[0]).not.toEqual(y)
  expect((await drawn(config, { mode: 'eval' }))[0]).toEqual(ones)
  expect((await drawn(gaussianNoise({ deviation: 0 })))[0]).toEqual(ones)
})
