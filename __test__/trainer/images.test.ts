// Training on folders of images: the same bits held and streamed, for any threads and after an interruption; predicting from files.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  conv2d,
  crossEntropy,
  dense,
  erase,
  flip,
  globalAvgPool,
  imageFolder,
  mixup,
  randAugment,
  sequential,
  sgd,
  Trainer,
} from '../../src/index.ts'
import type { RunConfig } from '../../src/index.ts'
import { bmpBytes } from '../data/bmp.ts'
import { hashOf } from './small.ts'

const root = mkdtempSync(join(tmpdir(), 'attune-stripes-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Stripes along or across, of a width of their own. */
function stripes(kind: 'along' | 'across', i: number, size: number): Buffer {
  return bmpBytes(size, size + i, (row, column) => {
    const place = (kind === 'along' ? row : column) + i
    return place % 4 < 2 ? [200 - i, 180, 40 + i] : [30, 20 + i, 60]
  })
}

for (const kind of ['along', 'across'] as const) {
  mkdirSync(join(root, 'stripes', kind), { recursive: true })
  for (let i = 0; i < 20; i++) {
    writeFileSync(join(root, 'stripes', kind, `${i}.bmp`), stripes(kind, i, 16))
  }
}

const held = imageFolder({ root: join(root, 'stripes'), size: 12 })
const figures = { mean: [0.5, 0.4, 0.2], deviation: [0.3, 0.3, 0.2] }
const config: RunConfig = {
  model: sequential([
    conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }),
    conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }),
    globalAvgPool(),
    dense({ units: 2 }),
  ]),
  data: { ...held, normalise: figures },
  loss: crossEntropy(),
  optimizer: sgd({ learningRate: 0.1 }),
  batchSize: 4,
  epochs: 3,
  seed: 1,
}
const augment = [flip(), randAugment(), erase(), mixup({ alpha: 0.4 })]
const cropped = {
  ...config,
  augment,
  data: { ...held, randomCrop: { scale: [0.3, 1] } },
} as RunConfig

async function trained(run: RunConfig): Promise<string> {
  const trainer = new Trainer(run)
  await trainer.fit()
  return hashOf(trainer)
}

test('images that are streamed train the weights that images in memory train', async () => {
  const streamed = { ...config, data: { ...config.data, streaming: true } } as RunConfig
  expect(await trained(streamed)).toBe(await trained(config))
})

test('the weights are equal for any number of threads, with random parts', async () => {
  const hashes: string[] = []
  // eslint-disable-next-line no-await-in-loop
  for (const threads of [1, 2, 3, 7]) hashes.push(await trained({ ...cropped, threads }))
  expect(new Set(hashes).size).toBe(1)
  expect(await trained(config)).not.toBe(hashes[0])
})

test('a run interrupted within an epoch goes on with the very parts and changes that were left', async () => {
  const stop = new AbortController()
  const watch = { onStep: ({ step }: { step: number }): void => void (step === 5 && stop.abort()) }
  const first = new Trainer({ ...cropped, callbacks: [watch] })
  await first.fit({ signal: stop.signal })
  const file = join(root, 'interrupted.safetensors')
  await first.save(file)
  const loaded = await Trainer.load(file)
  expect((await loaded.fit()).steps).toBe(3 * 9 - 5)
  expect(await hashOf(loaded)).toBe(await trained(cropped))
})

test('a saved run tells images apart by their files alone', async () => {
  const trainer = new Trainer({ ...config, epochs: 20 })
  await trainer.fit()
  const run = join(root, 'stripes.safetensors')
  await trainer.save(run)
  const files = [join(root, 'a.bmp'), join(root, 'b.bmp')]
  writeFileSync(files[0]!, stripes('along', 3, 13))
  writeFileSync(files[1]!, stripes('across', 5, 15))
  const { values, shape, classes, names } = await (await Trainer.load(run)).predict({ files })
  expect([shape, classes, names]).toEqual([[2, 2], ['across', 'along'], files])
  expect([values[0]! < values[1]!, values[3]! < values[2]!]).toEqual([true, true])
  writeFileSync(files[1]!, 'no image')
  const loaded = await Trainer.load(run)
  await expect(loaded.predict({ files })).rejects.toMatchObject({ code: 'CORRUPT' })
  await expect(loaded.predict({ files })).rejects.toThrow(files[1])
})
