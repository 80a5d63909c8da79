// Recurrent layers in a trainer: the same bits on any number of threads, what they learn, saved and loaded.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  adam,
  crossEntropy,
  ctc,
  dense,
  embedding,
  fromArrays,
  gru,
  layer,
  lstm,
  Module,
  registerModule,
  rnn,
  sequential,
  Trainer,
} from '../../src/index.ts'
import type { ArraysConfig, LayerConfig, Tensor } from '../../src/index.ts'
import { goneOn, trainedOnThreads } from './alike.ts'
import { hashOf } from './small.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-recurrent-'))
afterAll(() => rmSync(folder, { recursive: true }))

const [samples, time, words] = [160, 9, 6] as const

/** Words of a sentence that ends in zeros; the target is the first word. */
function sentences(): ArraysConfig {
  const word = (i: number): number => {
    const [sample, place] = [Math.floor(i / time), i % time]
    return place > 2 + (sample % 6)
      ? 0
      : 1 + ((sample * 31 + place * 17 + sample * place) % (words - 1))
  }
  const x = Int32Array.from({ length: samples * time }, (_, i) => word(i))
  const y = Int32Array.from({ length: samples }, (_, i) => word(i * time))
  return fromArrays({ x, y }, { shape: [time], validation: 0 })
}

/** Reads padded sentences both ways, with every kind of layer and dropout between them. */
class Reader extends Module {
  words = layer(embedding({ vocabularySize: words, units: 8, paddingIndex: 0 }))
  both = layer(lstm({ units: 12, layers: 2, bidirectional: true, dropout: 0.3 }))
  gated = layer(gru({ units: 10 }))
  plain = layer(rnn({ units: 8, returnSequences: false }))
  rest = layer(dense({ units: words }))

  override forward(x: Tensor): Tensor {
    const lengths = x.greater(0).sum({ axes: 1 })
    const read = this.gated(this.both(this.words(x), lengths), lengths)
    return this.rest(this.plain(read, lengths)) // (batch, words)
  }
}

const reader = registerModule('recurrentReader', Reader)

function trainer(threads: number): Trainer {
  return new Trainer({
    model: reader({}),
    data: sentences(),
    loss: crossEntropy(),
    optimizer: adam({ learningRate: 1e-2 }),
    batchSize: 16,
    epochs: 10,
    seed: 5,
    threads,
  })
}

test('an LSTM with dropout has the same weights after 100 steps on 1, 2, 3 and 7 threads', async () => {
  const { steps, hashes, changed } = await trainedOnThreads(trainer)
  expect([[...steps], hashes.size, changed]).toEqual([[100], 1, true])
}, 60_000)

test('recurrent layers learn to name the first word of a padded sentence', async () => {
  const run = trainer(2)
  const before = await run.evaluate(sentences())
  await run.fit()
  expect((await run.evaluate(sentences())).loss).toBeLessThan(before.loss / 2)
})

test('recurrent layers go on from a file as if they had never stopped', async () => {
  const file = join(folder, 'reader.safetensors')
  const x = Int32Array.from({ length: 2 * time }, (_, i) => i % words)
  const load = (): Promise<Trainer> => Trainer.load(file, { data: sentences() })
  const { predictions, hashes } = await goneOn(trainer(1), file, load, x)
  expect(predictions[1]).toEqual(predictions[0])
  expect(hashes[1]).toBe(hashes[0])
})

/** The label of a sample at a place; neighbours differ. */
function label(sample: number, place: number): number {
  return 1 + ((sample * 5 + place * 3) % 4)
}

/** Each label shows for three steps with one of silence between; the target is `[steps, ...labels]`. */
function spoken(): ArraysConfig {
  const [count, steps, labels] = [32, 13, 3]
  const known = (sample: number): number => 1 + (sample % labels)
  const x = Float32Array.from({ length: count * steps * 5 }, (_, i) => {
    const [sample, step, channel] = [Math.floor(i / (steps * 5)), Math.floor(i / 5) % steps, i % 5]
    const place = Math.floor(step / 4)
    const shows = step % 4 > 0 && place < known(sample) ? label(sample, place) : 0
    return Number(shows === channel)
  })
  const y = Int32Array.from({ length: count * (1 + labels) }, (_, i) => {
    const [sample, place] = [Math.floor(i / (1 + labels)), (i % (1 + labels)) - 1]
    if (place < 0) return 4 * known(sample) + 1
    return place < known(sample) ? label(sample, place) : -1
  })
  return fromArrays({ x, y }, { shape: [steps, 5], targetShape: [1 + labels], validation: 0 })
}

test('a GRU with the CTC loss learns to spell, the same on one and three threads', async () => {
  const model: LayerConfig = sequential([
    gru({ units: 16, bidirectional: true }),
    dense({ units: 5 }),
  ])
  const hashes = []
  for (const threads of [1, 3]) {
    const run = new Trainer({
      model,
      data: spoken(),
      loss: ctc({ inputLengths: true }),
      optimizer: adam({ learningRate: 2e-2 }),
      batchSize: 8,
      epochs: 30,
      seed: 2,
      threads,
    })
    const before = await run.evaluate(spoken())
    await run.fit()
    expect((await run.evaluate(spoken())).loss).toBeLessThan(before.loss / 10)
    hashes.push(await hashOf(run))
  }
  expect(hashes[0]).toBe(hashes[1])
}, 60_000)
