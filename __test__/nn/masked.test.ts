// Layers of sequences with padding: they give what they give for the sequences alone.

import { expect, test } from 'vitest'

import {
  dense,
  embedding,
  globalAvgPool,
  globalMaxPool,
  gru,
  lstm,
  masked,
  rnn,
  selfAttention,
  transformerEncoderBlock,
} from '../../src/index.ts'
import type { LayerConfig } from '../../src/index.ts'
import { apart, numbers } from '../golden/numbers.ts'
import { runLayer } from '../golden/run-layer.ts'
import { refusal } from './refusal.ts'

const words = embedding({ vocabularySize: 9, units: 4 })
const sequences: readonly LayerConfig[][] = [
  [rnn({ units: 3, bidirectional: true, returnSequences: false })],
  [gru({ units: 3, layers: 2 }), globalMaxPool()],
  [lstm({ units: 3, returnSequences: false }), dense({ units: 2 })],
  [selfAttention({ heads: 2 }), globalAvgPool()],
  [transformerEncoderBlock({ heads: 2, hiddenUnits: 6 }), globalMaxPool({ keepDims: true })],
  [dense({ units: 2 }), globalAvgPool({ keepDims: true })],
]

async function outputs(
  layers: readonly LayerConfig[],
  ids: readonly number[][],
): Promise<number[]> {
  const { y = [] } = await runLayer({
    config: masked({ layers: [words, ...layers] }),
    mode: 'eval',
    x: Int32Array.from(ids.flat()),
    shape: [ids.length, ids[0]?.length ?? 0],
    dy: (shape) => new Float32Array(shape.reduce((size, axis) => size * axis, 1)).fill(1),
    seed: 3,
  })
  return [...y]
}

test.for(sequences)('padding counts for nothing in %j', async (layers) => {
  const alone = await Promise.all([outputs(layers, [[5, 3, 8]]), outputs(layers, [[2]])])
  const together = await outputs(layers, [
    [5, 3, 8, 0, 0, 0],
    [2, 0, 0, 0, 0, 0],
  ])
  expect(apart(together, alone.flat())).toEqual([])
  const other = await outputs(layers, [
    [5, 3, 8, 1, 0, 0],
    [2, 0, 0, 0, 0, 0],
  ])
  expect(apart(other, together)).not.toEqual([])
})

test.for([globalAvgPool(), globalMaxPool()])(
  '$type leaves out what lies beyond the lengths',
  async (config) => {
    const x = numbers('pooled', [2, 3, 2]).map((value) => value - 9)
    const run = await runLayer({
      config,
      mode: 'train',
      x,
      shape: [2, 3, 2],
      others: [{ values: Int32Array.of(2, 0), shape: [2] }],
      dy: () => Float32Array.of(1, 1, 1, 1),
      seed: 0,
    })
    const [a = 0, b = 0, c = 0, d = 0] = x
    const isMax = config.type === 'globalMaxPool'
    const first = isMax ? [Math.max(a, c), Math.max(b, d)] : [(a + c) / 2, (b + d) / 2]
    const empty = isMax ? Array.from(x.subarray(6, 8)) : [0, 0]
    expect(apart(run['y'] ?? [], [...first, ...empty])).toEqual([])
    const gradient = isMax ? [+(a > c), +(b > d), +(c > a), +(d > b)] : [0.5, 0.5, 0.5, 0.5]
    expect(Array.from(run['dx'] ?? []).slice(0, 6)).toEqual([...gradient, 0, 0])
  },
)

test('sequences of nothing but padding give finite numbers', async () => {
  for (const layers of sequences) {
    expect((await outputs(layers, [[0, 0, 0]])).every(Number.isFinite)).toBe(true)
  }
})

test('what are no ids, and lengths of another number, are refused', () => {
  expect([
    refusal(masked({ layers: [] }), [2, 3, 4]),
    refusal(masked({ layers: [], paddingIndex: -1 })),
    refusal(globalAvgPool(), [2, 3, 4], [3]),
    refusal(globalMaxPool(), [2, 3, 4], [2, 3]),
  ]).toEqual([
    'SHAPE masked: expected ids [batch, time], got [2, 3, 4]',
    'CONFIG layer.paddingIndex: expected a whole number of at least 0, got -1',
    'SHAPE expected the lengths [2] of the sequences, got [3]',
    'SHAPE expected the lengths [2] of the sequences, got [2, 3]',
  ])
})
