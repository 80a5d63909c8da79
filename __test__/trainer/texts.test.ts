// Training on texts that change in every epoch: the same bits for any threads and after an interruption; predicting from sentences.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  adamW,
  characters,
  crossEntropy,
  dense,
  dropTokens,
  embedding,
  fromArrays,
  generateText,
  globalAvgPool,
  gpt,
  maskTokens,
  sequential,
  sgd,
  swapTokens,
  textFolder,
  textWindows,
  Trainer,
  words,
} from '../../src/index.ts'
import type { RunConfig } from '../../src/index.ts'
import { attune } from '../cli/command.ts'
import { hashOf } from './small.ts'

const root = mkdtempSync(join(tmpdir(), 'attune-sentences-'))
/** Texts of unlike lengths. */
const folder = `${root}-long`
afterAll(() => [root, folder].forEach((path) => rmSync(path, { recursive: true, force: true })))

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

test('with buckets a run gives the same for any threads and after an interruption', async () => {
  mkdirSync(folder)
  for (const [name, word] of [
    ['bad', 'dull'],
    ['good', 'fine'],
  ] as const) {
    const lines = Array.from({ length: 20 }, (_, i) =>
      i % 4 === 0 ? `a ${word} film `.repeat(6) : `${common[i % 10]} ${word}`,
    )
    writeFileSync(join(folder, `${name}.txt`), lines.join('\n'))
  }
  const data = { ...plain, root: folder, augment, bucketBy: 6 }
  const bucketed: RunConfig = { ...config, data }
  const hashOfRun = async (more: Partial<RunConfig>): Promise<string> => {
    const trainer = new Trainer({ ...bucketed, ...more })
    await trainer.fit()
    return hashOf(trainer)
  }
  const whole = await hashOfRun({ threads: 1 })
  expect(await hashOfRun({ threads: 3 })).toBe(whole)
  expect(await hashOfRun({ data: { ...data, bucketBy: undefined } })).not.toBe(whole)
  const stop = new AbortController()
  const watch = { onStep: ({ step }: { step: number }): void => void (step === 5 && stop.abort()) }
  const first = new Trainer({ ...bucketed, callbacks: [watch] })
  await first.fit({ signal: stop.signal })
  const file = join(root, 'bucketed.safetensors')
  await first.save(file)
  const loaded = await Trainer.load(file)
  expect((await loaded.fit()).steps).toBe(3 * 9 - 5)
  expect(await hashOf(loaded)).toBe(whole)
  const { loss } = await loaded.evaluate('train')
  expect(loss).toBeGreaterThan(0)
  const { shape } = await loaded.preview({ samples: 4 })
  expect(shape).toEqual([4, 18])
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

test('a language model of texts continues a prompt in their words', async () => {
  const file = join(root, 'rhyme.log')
  writeFileSync(file, 'tick tock goes the clock. '.repeat(80))
  const trainer = new Trainer({
    model: gpt({ vocabularySize: 20, contextLength: 16, layers: 1, heads: 2, width: 16 }),
    data: textWindows({
      files: file,
      tokenizer: characters({ specialTokens: [], unknownToken: null }),
      length: 16,
      stride: 5,
    }),
    loss: crossEntropy(),
    optimizer: adamW({ learningRate: 0.01 }),
    batchSize: 16,
    epochs: 12,
    seed: 1,
  })
  await trainer.fit()
  const run = join(root, 'rhyme.safetensors')
  await trainer.save(run)
  const loaded = await Trainer.load(run)
  const text = await generateText(loaded, 'the clock. ', { tokens: 26, temperature: 0 })
  expect(text).toBe('tick tock goes the clock. ')
  await expect(generateText(loaded, 'the CLOCK')).rejects.toMatchObject({ code: 'DATA' })
  const other = new Trainer({ ...config, data: fromArrays({ x: [[1]], y: [0] }) })
  await expect(generateText(other, 'a')).rejects.toMatchObject({ code: 'CONFIG' })
})
