// Transformers in a trainer: the same bits on any number of threads, saved and loaded, memory in proportion to the time.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  adamW,
  crossEntropy,
  dense,
  embedding,
  fromArrays,
  globalAvgPool,
  layer,
  layerNorm,
  Module,
  positionEmbedding,
  registerModule,
  selfAttention,
  sequential,
  sgd,
  Trainer,
  transformerDecoderBlock,
  transformerEncoderBlock,
} from '../../src/index.ts'
import type { ArraysConfig, LayerConfig, Tensor } from '../../src/index.ts'
import { goneOn, trainedOnThreads } from './alike.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-transformer-'))
afterAll(() => rmSync(folder, { recursive: true }))

const [samples, time, words] = [160, 12, 9] as const

/** Sequences that end in zeros; the target is their first word. */
function sentences(): ArraysConfig {
  const word = (i: number): number => {
    const [sample, place] = [Math.floor(i / time), i % time]
    return place > 3 + (sample % 7)
      ? 0
      : 1 + ((sample * 31 + place * 17 + sample * place) % (words - 1))
  }
  const x = Int32Array.from({ length: samples * time }, (_, i) => word(i))
  const y = Int32Array.from({ length: samples }, (_, i) => word(i * time))
  return fromArrays({ x, y }, { shape: [time], validation: 0 })
}

/** A reader with padding, both blocks and every dropout. */
class Reader extends Module {
  words = layer(embedding({ vocabularySize: words, units: 16, paddingIndex: 0 }))
  places = layer(positionEmbedding())
  sines = layer(positionEmbedding({ kind: 'sinusoidal' }))
  encoder = layer(
    transformerEncoderBlock({ heads: 4, keyValueHeads: 2, hiddenUnits: 32, rotary: true }),
  )
  decoder = layer(
    transformerDecoderBlock({ heads: 2, hiddenUnits: 24, norm: 'pre', activation: 'gelu' }),
  )
  rest = layer(sequential([layerNorm(), globalAvgPool(), dense({ units: words })]))

  override forward(x: Tensor): Tensor {
    const mask = x.notEqual(0)
    const embedded = this.words(x)
    const context = this.encoder(this.places(embedded), mask)
    return this.rest(this.decoder(this.sines(embedded), context, mask)) // (batch, words)
  }
}

const reader = registerModule('reader', Reader)

function trainer(threads: number, model: LayerConfig = reader({})): Trainer {
  return new Trainer({
    model,
    data: sentences(),
    loss: crossEntropy(),
    optimizer: adamW({ learningRate: 3e-3 }),
    batchSize: 16,
    epochs: 10,
    seed: 5,
    threads,
  })
}

test('a transformer with dropout has the same weights after 100 steps on 1, 2, 3 and 7 threads', async () => {
  const { steps, hashes, changed } = await trainedOnThreads(trainer)
  expect([[...steps], hashes.size, changed]).toEqual([[100], 1, true])
}, 60_000)

test('a transformer learns to name the first word of a padded sentence', async () => {
  const run = trainer(2)
  const before = await run.evaluate(sentences())
  await run.fit()
  expect((await run.evaluate(sentences())).loss).toBeLessThan(before.loss / 2)
})

test('a transformer goes on from a file as if it had never stopped', async () => {
  const file = join(folder, 'reader.safetensors')
  const x = Int32Array.from({ length: 2 * time }, (_, i) => i % words)
  const load = (): Promise<Trainer> => Trainer.load(file, { data: sentences() })
  const { predictions, hashes } = await goneOn(trainer(1), file, load, x)
  expect(predictions[1]).toEqual(predictions[0])
  expect(hashes[1]).toBe(hashes[0])
})

test('the memory of attention with 12 heads of 64 grows with the time, not with its square', async () => {
  const bytes: number[] = []
  for (const length of [512, 1024, 2048]) {
    const run = new Trainer({
      model: sequential([
        dense({ units: 768 }),
        selfAttention({ heads: 12, causal: true }),
        globalAvgPool(),
        dense({ units: 2 }),
      ]),
      data: fromArrays(
        { x: new Float32Array(2 * length), y: Int32Array.of(0, 1) },
        { shape: [length, 1] },
      ),
      loss: crossEntropy(),
      optimizer: sgd({ learningRate: 0.1 }),
      batchSize: 1,
      threads: 1,
    })
    const plan = await run.plan()
    bytes.push(plan.arenaBytes)
  }
  const [short = 0, middle = 0, long = 0] = bytes
  const scores = 4 * 12 * 2048 ** 2
  expect(long).toBeLessThan(scores)
  expect(long / middle).toBeLessThan(2.1)
  expect(middle / short).toBeLessThan(2.1)
})
