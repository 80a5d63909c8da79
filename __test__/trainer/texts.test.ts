// Training on texts that change in every epoch: the same bits for any threads and after an interruption; predicting from sentences.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  crossEntropy,
  dense,
  dropTokens,
  embedding,
  globalAvgPool,
  maskTokens,
  sequential,
  sgd,
  swapTokens,
  textFolder,
  Trainer,
  words,
} from '../../src/index.ts'
import type { RunConfig } from '../../src/index.ts'
import { attune } from '../cli/command.ts'
import { hashOf } from './small.ts'

const root = mkdtempSync(join(tmpdir(), 'attune-sentences-'))
afterAll(() => rmSync(root, { recursive: true }))

const common = ['a', 'the', 'film', 'story', 'is', 'very', 'and', 'day', 'it', 'was']
for (const [name, telling] of [
  ['bad', ['awful', 'dull', 'bad']],
  ['good', ['fine', 'moving', 'good']],
] as const) {
  const lines = Array.from({ length: 20 }, (_, i) =>
    [common[i % 10], common[(3 * i + 1) % 10], telling[i % 3], common[(7 * i) % 10]].join(' '),
  )
  writeFileSync(join(root, `${name}.txt`), lines.join('\n'))
}

const plain = textFolder({ root, each: 'line', tokenizer: words({ vocabularySize: 40 }) })
const augment = [dropTokens(), swapTokens({ rate: 0.3 }), maskTokens({ rate: 0.1 })]
const config: RunConfig = {
  model: sequential([
    embedding({ vocabularySize: 40, units: 8, paddingIndex: 0 }),
    globalAvgPool(),
    dense({ units: 2 }),
  ]),
  data: { ...plain, augment },
  loss: crossEntropy(),
  optimizer: sgd({ learningRate: 0.5 }),
  batchSize: 4,
  epochs: 3,
  seed: 1,
}

test('the weights are equal for any number of threads, with every change of texts', async () => {
  const hashes: string[] = []
  for (const threads of [1, 2, 3, 7]) {
    const trainer = new Trainer({ ...config, threads })
    await trainer.fit()
    hashes.push(await hashOf(trainer))
  }
  expect(new Set(hashes).size).toBe(1)
  const unchanged = new Trainer({ ...config, data: plain })
  await unchanged.fit()
  expect(await hashOf(unchanged)).not.toBe(hashes[0])
})

test('a run interrupted within an epoch goes on with the very texts that were left', async () => {
  const whole = new Trainer(config)
  await whole.fit()
  const stop = new AbortController()
  const watch = { onStep: ({ step }: { step: number }): void => void (step === 5 && stop.abort()) }
  const first = new Trainer({ ...config, callbacks: [watch] })
  await first.fit({ signal: stop.signal })
  const file = join(root, 'interrupted.safetensors')
  await first.save(file)
  const loaded = await Trainer.load(file)
  expect((await loaded.fit()).steps).toBe(3 * 9 - 5)
  expect(await hashOf(loaded)).toBe(await hashOf(whole))
})

test('a saved run tells sentences apart by their words alone', async () => {
  const trainer = new Trainer({ ...config, data: plain, epochs: 30 })
  await trainer.fit()
  const run = join(root, 'sentences.safetensors')
  await trainer.save(run)
  const texts = ['the story is moving', 'a DULL film, and unseen words']
  const { values, shape, classes, names } = await (await Trainer.load(run)).predict({ texts })
  expect([shape, classes, names]).toEqual([[2, 2], ['bad', 'good'], texts])
  expect([values[1]! > values[0]!, values[2]! > values[3]!]).toEqual([true, true])
  const told = await attune(['predict', run, ...texts])
  expect([told.exitCode, told.err]).toEqual([0, ''])
  expect(told.out).toMatch(/^the story is moving {2}good {2}0\.\d{4}/)
  expect(told.out).toMatch(/\na DULL film, and unseen words {2}bad {2}0\.\d{4}/)
})
