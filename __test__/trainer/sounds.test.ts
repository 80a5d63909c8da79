// Training on sounds that change in every epoch: the same bits for any threads and after an interruption; predicting from files.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  addNoise,
  audioFolder,
  conv2d,
  crossEntropy,
  dense,
  gain,
  globalAvgPool,
  logMel,
  sequential,
  sgd,
  specAugment,
  speedChange,
  timeShift,
  Trainer,
} from '../../src/index.ts'
import type { RunConfig } from '../../src/index.ts'
import { tone, wavBytes } from '../data/wav.ts'
import { hashOf } from './small.ts'

const root = mkdtempSync(join(tmpdir(), 'attune-tones-'))
afterAll(() => rmSync(root, { recursive: true }))

for (const [name, hertz] of [
  ['high', 2500],
  ['low', 300],
] as const) {
  mkdirSync(join(root, 'tones', name), { recursive: true })
  for (let i = 0; i < 20; i++) {
    const samples = tone(hertz + 10 * i, 800, 8000)
    writeFileSync(join(root, 'tones', name, `${i}.wav`), wavBytes(samples, 8000))
  }
}

const plain = audioFolder({
  root: join(root, 'tones'),
  sampleRate: 8000,
  duration: 0.1,
  features: logMel({ mels: 12, fftSize: 128, hopSize: 64 }),
})
const augment = [
  timeShift({ most: 0.02 }),
  speedChange(),
  gain(),
  addNoise({ probability: 0.5 }),
  specAugment({ timeSize: 3, frequencySize: 2 }),
]
const config: RunConfig = {
  model: sequential([
    conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }),
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

test('the weights are equal for any number of threads, with every change of sounds', async () => {
  const hashes: string[] = []
  for (const threads of [1, 2, 3, 7]) {
    const trainer = new Trainer({ ...config, threads })
    // eslint-disable-next-line no-await-in-loop
    await trainer.fit()
    // eslint-disable-next-line no-await-in-loop
    hashes.push(await hashOf(trainer))
  }
  expect(new Set(hashes).size).toBe(1)
  const unchanged = new Trainer({ ...config, data: plain })
  await unchanged.fit()
  expect(await hashOf(unchanged)).not.toBe(hashes[0])
})

test('a run interrupted within an epoch goes on with the very sounds that were left', async () => {
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

test('a saved run tells sounds apart by their files alone', async () => {
  const trainer = new Trainer({ ...config, data: plain, epochs: 10 })
  await trainer.fit()
  const run = join(root, 'tones.safetensors')
  await trainer.save(run)
  const files = [join(root, 'a.wav'), join(root, 'b.wav')]
  writeFileSync(files[0]!, wavBytes(tone(2600, 3000, 16_000), 16_000))
  writeFileSync(files[1]!, wavBytes(tone(350, 500, 8000), 8000))
  const { values, shape, classes, names } = await (await Trainer.load(run)).predict({ files })
  expect([shape, classes, names]).toEqual([[2, 2], ['high', 'low'], files])
  expect([values[0]! > values[1]!, values[3]! > values[2]!]).toEqual([true, true])
  writeFileSync(files[1]!, 'no sound')
  const loaded = await Trainer.load(run)
  await expect(loaded.predict({ files })).rejects.toMatchObject({ code: 'CORRUPT' })
  await expect(loaded.predict({ files })).rejects.toThrow(files[1])
})
