// Runs that are interrupted, saved and loaded: the epoch and the callbacks go on where they were.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  crop,
  earlyStopping,
  flip,
  rotate,
  saltAndPepper,
  stopAfter,
  Trainer,
} from '../../src/index.ts'
import type { Callback, RunConfig } from '../../src/index.ts'
import { cnn, digits, hashOf } from './small.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-interrupted-'))
afterAll(() => rmSync(folder, { recursive: true }))

const changed: RunConfig = {
  ...cnn,
  augment: [
    flip({ horizontal: 0.5 }),
    rotate({ degrees: 20 }),
    crop({ padding: 1 }),
    saltAndPepper({ share: 0.1 }),
  ],
  metrics: [],
}

/** A run ended by its signal after some steps, saved, and loaded. */
async function interrupted(config: RunConfig, steps: number, name: string): Promise<Trainer> {
  const stop = new AbortController()
  const watch: Callback = {
    onStep: ({ step }) => {
      if (step === steps) stop.abort()
    },
  }
  const trainer = new Trainer({ ...config, callbacks: [...(config.callbacks ?? []), watch] })
  const { stoppedBy } = await trainer.fit({ signal: stop.signal })
  expect(stoppedBy).toBe('signal')
  const file = join(folder, `${name}.safetensors`)
  await trainer.save(file)
  return Trainer.load(file)
}

test('a run interrupted within an epoch goes on with the very batches that were left', async () => {
  const whole = new Trainer({ ...changed, epochs: 2 })
  await whole.fit()
  const loaded = await interrupted({ ...changed, epochs: 2 }, 17, 'within')
  const { steps, history } = await loaded.fit()
  expect(steps).toBe(2 * 45 - 17)
  expect(history.map(({ epoch }) => epoch)).toEqual([1, 2])
  expect(await hashOf(loaded)).toBe(await hashOf(whole))
})

test('a run interrupted between accumulated batches goes on at an update', async () => {
  const config: RunConfig = { ...changed, accumulate: 4, epochs: 1 }
  const whole = new Trainer(config)
  await whole.fit()
  const loaded = await interrupted(config, 5, 'accumulated')
  expect((await loaded.fit()).steps).toBe(Math.ceil(45 / 4) - 5)
  expect(await hashOf(loaded)).toBe(await hashOf(whole))
})

test('the learning rates that are left are those of a run that was not interrupted', async () => {
  const config: RunConfig = { ...digits, epochs: 1 }
  const loaded = await interrupted(config, 10, 'rates')
  expect((await loaded.learningRates()).length).toBe(45 - 10)
})

test('patience that was used up before an interruption stays used up', async () => {
  const never = earlyStopping({ monitor: 'val.loss', patience: 3, baseline: 0 })
  const config: RunConfig = { ...digits, epochs: 10, callbacks: [never] }
  const fresh = await new Trainer(config).fit()
  expect(fresh.epochs).toBe(3)
  const loaded = await interrupted(config, 2 * 45 + 5, 'patience')
  const { epochs, stoppedBy } = await loaded.fit()
  expect({ epochs, stoppedBy }).toEqual({ epochs: 1, stoppedBy: 'earlyStopping' })
})

test('a run that ended by itself begins its callbacks anew', async () => {
  const config: RunConfig = { ...digits, epochs: 5, callbacks: [stopAfter({ steps: 30 })] }
  const trainer = new Trainer(config)
  expect((await trainer.fit()).steps).toBe(30)
  const file = join(folder, 'ended.safetensors')
  await trainer.save(file)
  const loaded = await Trainer.load(file)
  expect((await loaded.fit()).steps).toBe(30)
})
