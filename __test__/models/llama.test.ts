// Llama with the weights of stories260K, which tell the story that llama2.c published.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { crossEntropy, fromArrays, generate, llama, sgd, Trainer } from '../../src/index.ts'
import { lengthsOf } from '../trainer/small.ts'
import { sharedData } from '../data/shared-data.ts'
import { readCheckpoint, readEntries } from './llama2-c.ts'

const folder = sharedData('stories260K')
const time = 256
const published = [
  1, 403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426, 338, 401, 396, 267,
]

async function stories(): Promise<Trainer> {
  const { options, weights } = readCheckpoint(readFileSync(join(folder ?? '', 'stories260K.bin')))
  const blank = new Int32Array(time)
  const trainer = new Trainer({
    model: llama(options),
    data: fromArrays({ x: blank, y: blank }, { shape: [time], targetShape: [time] }),
    loss: crossEntropy(),
    optimizer: sgd(),
  })
  expect(lengthsOf(await trainer.weights())).toEqual(lengthsOf(weights))
  await trainer.setWeights(weights)
  return trainer
}

/** The story of some ids: bytes that are no text of their own are written `<0x0A>`. */
function told(ids: readonly number[]): string {
  const entries = readEntries(readFileSync(join(folder ?? '', 'tok512.bin')))
  const parts = ids.map((id) => {
    const entry = entries[id] ?? Buffer.of()
    const byte = /^<0x([0-9A-F]{2})>$/.exec(entry.toString('latin1'))?.[1]
    return byte === undefined ? entry : Buffer.of(Number.parseInt(byte, 16))
  })
  return Buffer.concat(parts).toString('utf8').trimStart()
}

test.skipIf(folder === undefined)('stories260K scores what llama2.c published', async () => {
  const trainer = await stories()
  const { values } = await trainer.predict([
    Array.from({ length: time }, (_, i) => (i === 0 ? 1 : 0)),
  ])
  const wanted = [-6.2229147, 8.404343, -6.2237396, -6.2225447, -6.2219543, -6.222878]
  wanted.forEach((score, i) => expect(values[i]).toBeCloseTo(score, 5))
})

test.skipIf(folder === undefined)('stories260K tells the published story', async () => {
  const trainer = await stories()
  const ids = await generate(trainer, [1], { tokens: time, temperature: 0, stop: [1] })
  expect([1, ...ids].slice(0, published.length)).toEqual(published)
  const page = readFileSync(join(folder ?? '', 'stories260K.md'), 'utf8')
  const [, story] = /-t 0\.0\n([^`]*)\n```/.exec(page) ?? []
  expect(told(ids)).toBe(story)
})
