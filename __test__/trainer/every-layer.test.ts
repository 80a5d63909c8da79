// Every layer in a trainer: it trains the same on any number of threads, and is saved and loaded.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  adam,
  crossAttention,
  dense,
  dropout,
  dropPath,
  embedding,
  flatten,
  fromArrays,
  gaussianNoise,
  gru,
  layer,
  lstm,
  masked,
  meanSquaredError,
  Module,
  positionEmbedding,
  registerModule,
  rnn,
  selfAttention,
  sequential,
  spatialDropout,
  tanh,
  Trainer,
  transformerDecoderBlock,
  transformerEncoderBlock,
} from '../../src/index.ts'
import type { ArraysConfig, LayerConfig, Tensor } from '../../src/index.ts'
import { elements } from '../../src/tensor/index.ts'
import { hashOf } from './small.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-layers-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Case {
  readonly type: string
  readonly config: LayerConfig
  readonly shape: readonly number[]
}

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'golden', 'layers.json'), 'utf8'),
) as readonly Omit<Case, 'type'>[]
const recurrent = { units: 3, layers: 2, bidirectional: true, dropout: 0.3 }

/** Attention that looks at its own input as the context. */
class Looking extends Module {
  attention = layer(crossAttention({ heads: 2, dropout: 0.3 }))
  override forward(x: Tensor): Tensor {
    return this.attention(x, x)
  }
}

/** The vectors of whole numbers from 0 to 3. */
class Words extends Module {
  words = layer(embedding({ vocabularySize: 4, units: 3 }))
  override forward(x: Tensor): Tensor {
    return this.words(x.abs().mul(3).floor().cast('int32'))
  }
}

/** A state after whole numbers from 0 to 3, of which 0 is padding. */
class Padded extends Module {
  padded = layer(
    masked({
      layers: [
        embedding({ vocabularySize: 4, units: 3 }),
        gru({ units: 2, returnSequences: false }),
      ],
    }),
  )
  override forward(x: Tensor): Tensor {
    return this.padded(x.abs().mul(3).floor())
  }
}

const block = { heads: 2, hiddenUnits: 6, dropout: 0.3 }
const shape = [2, 3, 4]
const others: readonly Case[] = [
  dropout({ rate: 0.3 }),
  dropPath({ rate: 0.3 }),
  gaussianNoise({ deviation: 0.3 }),
  gru(recurrent),
  lstm(recurrent),
  rnn(recurrent),
  positionEmbedding(),
  selfAttention({ heads: 2, dropout: 0.3 }),
  sequential([dense({ units: 3 }), tanh()]),
  spatialDropout({ rate: 0.3 }),
  transformerDecoderBlock(block),
  transformerEncoderBlock(block),
].map((config) => ({ type: config.type, config, shape }))
const wrapped: readonly Case[] = [
  { type: 'crossAttention', config: registerModule('looking', Looking)({}), shape },
  { type: 'masked', config: registerModule('padded', Padded)({}), shape: [2, 3] },
  { type: 'embedding', config: registerModule('words', Words)({}), shape: [2, 3] },
]

/** The first case of each layer. */
const cases = [
  ...new Map(
    [
      ...wrapped,
      ...others,
      ...golden.map(({ config, shape }) => ({ type: config.type, config, shape })),
    ]
      .toReversed()
      .map((one) => [one.type, one]),
  ).values(),
]

const samples = 12

function data({ shape }: Case): ArraysConfig {
  const sample = shape.slice(1)
  const length = samples * elements(sample)
  return fromArrays(
    {
      x: Float32Array.from({ length }, (_, i) => ((i * 7919) % 1009) / 500 - 1),
      y: Float32Array.from({ length: 2 * samples }, (_, i) => (i * 13) % 5),
    },
    { shape: sample, targetShape: [2], validation: 0 },
  )
}

function trainer(one: Case, threads: number): Trainer {
  return new Trainer({
    model: sequential([one.config, flatten(), dense({ units: 2 })]),
    data: data(one),
    loss: meanSquaredError(),
    optimizer: adam({ learningRate: 1e-2 }),
    batchSize: 5,
    epochs: 2,
    seed: 3,
    threads,
  })
}

test.each(cases)('$type trains alike on one and three threads', async (one) => {
  const hashes = []
  for (const threads of [1, 3]) {
    const run = trainer(one, threads)
    const before = await hashOf(run)
    await run.fit()
    hashes.push(await hashOf(run))
    expect(hashes.at(-1)).not.toBe(before)
  }
  expect(hashes[1]).toBe(hashes[0])
})

test.each(cases)('$type goes on from a file as if it had never stopped', async (one) => {
  const file = join(folder, `${one.type}.safetensors`)
  const run = trainer(one, 1)
  await run.fit()
  await run.save(file)
  const loaded = await Trainer.load(file, { data: data(one) })
  const x = new Float32Array(elements(one.shape.slice(1)) * 3).map((_, i) => (i % 11) / 5 - 1)
  expect(await loaded.predict(x)).toEqual(await run.predict(x))
  await run.fit()
  await loaded.fit()
  expect(await hashOf(loaded)).toBe(await hashOf(run))
})
