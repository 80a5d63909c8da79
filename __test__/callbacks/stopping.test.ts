// Stopping at limits and targets and by the gradient, rates that fall on a plateau, and bad options.

import { expect, test } from 'vitest'

import {
  callbackOf,
  callbacks,
  callbackSchema,
  earlyStopping,
  gradientNormStopping,
  reduceOnPlateau,
  stopAtTarget,
  stopOnNaN,
  updateRatioStopping,
} from '../../src/callbacks/index.ts'
import type { Callback, CallbackConfig, Decision } from '../../src/callbacks/index.ts'
import { evidence } from '../../src/callbacks/evidence-stopping.ts'
import { StopAfter } from '../../src/callbacks/stop-after.ts'
import { updateRatio } from '../../src/callbacks/update-ratio-stopping.ts'
import { jsonSchema } from '../../src/config/index.ts'
import { state } from './state.ts'

/** What a callback answers to each gradient norm, one a step. */
async function answers(callback: Callback, norms: readonly number[]): Promise<boolean[]> {
  const given: (Decision | undefined | void)[] = []
  for (const [i, gradientNorm] of norms.entries()) {
    given.push(await callback.onStep?.(state({ step: i + 1, gradientNorm })))
  }
  return given.map((answer) => answer?.stop ?? false)
}

test('a limit of steps counts from where the run began', () => {
  const callback = new StopAfter({ steps: 5 }, () => 0)
  callback.onStart(state({ step: 100 }))
  expect(callback.stepsUntil()).toBe(5)
  expect(callback.onStep(state({ step: 104 }))).toBeUndefined()
  expect(callback.stepsUntil()).toBe(1)
  expect(callback.onStep(state({ step: 105 }))).toEqual({ stop: true, reason: '5 steps are done' })
})

test('a limit of seconds goes by the clock it is given and leaves calls as long as they are', () => {
  let now = 1000
  const callback = new StopAfter({ seconds: 60 }, () => now)
  callback.onStart(state())
  expect(callback.stepsUntil()).toBe(Infinity)
  now += 59.9
  expect(callback.onStep(state())).toBeUndefined()
  now += 0.1
  expect(callback.onStep(state())).toMatchObject({ stop: true, reason: /60 seconds/ })
})

test('a limit goes on with what was used before', () => {
  let now = 0
  const first = new StopAfter({ steps: 10, seconds: 100 }, () => now)
  first.onStart(state({ step: 0 }))
  now = 30
  first.onStep(state({ step: 4 }))
  const second = new StopAfter({ steps: 10, seconds: 100 }, () => now)
  second.restore(JSON.parse(JSON.stringify(first.state())))
  now = 5000
  second.onStart(state({ step: 4 }))
  expect(second.stepsUntil()).toBe(6)
  now += 69
  expect(second.onStep(state({ step: 5 }))).toBeUndefined()
  now += 1
  expect(second.onStep(state({ step: 6 }))).toMatchObject({ stop: true })
})

/** Whether a callback ends the run at an epoch with these metrics. */
async function ends(callback: Callback, metrics: Record<string, number>): Promise<boolean> {
  return (await callback.onEpoch?.(state({ metrics })))?.stop ?? false
}

test('a target ends the run when it is reached, whichever way is better', async () => {
  const low = callbackOf(stopAtTarget({ target: 0.5 }))
  expect(await ends(low, { 'val.loss': 0.51 })).toBe(false)
  expect(await ends(low, { 'val.loss': Number.NaN })).toBe(false)
  expect(await ends(low, { 'val.loss': 0.5 })).toBe(true)
  const high = callbackOf(stopAtTarget({ monitor: 'val.accuracy', target: 0.9 }))
  expect(await ends(high, { 'val.accuracy': 0.89 })).toBe(false)
  expect(await ends(high, { 'val.accuracy': 0.9 })).toBe(true)
  expect(() => low.onStart?.(state({ monitors: ['loss'] }))).toThrow(
    /monitor: expected one of loss/,
  )
})

test('a small gradient ends the run after several checks in a row', async () => {
  const options = { threshold: 0.1, patience: 2, every: 1 }
  const atLast = [false, false, false, false, false, true]
  const norms = [0.05, 0.2, 0.05, Number.NaN, 0.05, 0.01]
  expect(await answers(callbackOf(gradientNormStopping(options)), norms)).toEqual(atLast)
  const seldom = callbackOf(gradientNormStopping({ ...options, every: 3 }))
  expect(seldom.stepsUntil?.(state({ step: 4 }))).toBe(2)
  expect(await answers(seldom, [0, 0, 0, 1, 1, 0])).toEqual(atLast)
  const epochs = callbackOf(gradientNormStopping({ ...options, every: 'epoch', patience: 1 }))
  expect(Object.keys(epochs)).not.toContain('onStep')
  expect(await epochs.onEpoch?.(state({ gradientNorm: 0.05 }))).toMatchObject({ stop: true })
})

test('the update ratio is that of the single step before each check', async () => {
  let weights = { w: Float32Array.of(3, 4) }
  const probe = { ...state().probe, weights: () => Promise.resolve(structuredClone(weights)) }
  const callback = callbackOf(updateRatioStopping({ threshold: 0.05, patience: 1, every: 10 }))
  const asked = async (step: number): Promise<boolean> =>
    (await callback.onStep?.(state({ step, probe })))?.stop ?? false
  await callback.onStart?.(state({ step: 0, probe }))
  expect(callback.stepsUntil?.(state({ step: 0 }))).toBe(9)
  expect(await asked(9)).toBe(false)
  expect(callback.stepsUntil?.(state({ step: 9 }))).toBe(1)
  weights = { w: Float32Array.of(3, 4.5) }
  expect(await asked(10)).toBe(false)
  weights = { w: Float32Array.of(30, 40) }
  expect(await asked(19)).toBe(false)
  weights = { w: Float32Array.of(30, 41) }
  expect(await asked(20)).toBe(true)
  expect(
    updateRatio(
      { w: Float32Array.of(3), b: Float32Array.of(4) },
      { w: Float32Array.of(3), b: Float32Array.of(4.5) },
    ),
  ).toBe(0.1)
})

test('evidence compares the gradient with its noise', () => {
  const mean = Float64Array.of(0.5, 0, 1, 0)
  const variance = Float64Array.of(4, 1, 2, 0)
  const without = evidence({ samples: 4, mean, variance })
  expect(without).toBeCloseTo(1 - (4 * (0.25 / 4 + 0 + 1 / 2)) / 3, 12)
  const added = evidence({ samples: 4, mean, variance }, 1)
  expect(added).toBeCloseTo(1 - (4 * (0.25 / 5 + 0 + 1 / 3)) / 3, 12)
  const zero = new Float64Array(2)
  expect(evidence({ samples: 4, mean: zero, variance: zero })).toBe(1)
})

test('a plateau is forgotten where nothing is left to reduce, and its memory goes on', async () => {
  const options = { patience: 1, factor: 0.5, minRate: 0.08 }
  const first = callbackOf(reduceOnPlateau(options))
  const bad = state({ metrics: { 'val.loss': 1 }, learningRate: 0.1 })
  for (let i = 0; i < 2; i++) expect(await first.onEpoch?.(bad)).toBeUndefined()
  const second = callbackOf(reduceOnPlateau(options))
  second.restore?.(JSON.parse(JSON.stringify(first.state?.())))
  expect(await second.onEpoch?.(bad)).toEqual({ scaleLearningRate: expect.closeTo(0.8, 12) })
  const least = { ...bad, learningRate: 0.08 }
  for (let i = 0; i < 6; i++) expect(await second.onEpoch?.(least)).toBeUndefined()
})

test('only bad steps in a row are counted before a run ends', async () => {
  const callback = callbackOf(stopOnNaN({ skip: 2 }))
  const bad = async (step: number): Promise<Decision | undefined | void> =>
    callback.onDiverged?.(state({ step, loss: Number.NaN }))
  expect([await bad(3), await bad(4)]).toEqual([{ skip: true }, { skip: true }])
  expect([await bad(6), await bad(7)]).toEqual([{ skip: true }, { skip: true }])
  expect(await bad(8)).toEqual({ stop: true, reason: 'the loss became NaN or infinite at step 8' })
  const gradient = callbackOf(stopOnNaN())
  expect(await gradient.onDiverged?.(state({ loss: 1 }))).toMatchObject({ reason: /a gradient/ })
})

test('early stopping lets the first epochs pass', async () => {
  const callback = callbackOf(earlyStopping({ patience: 1, startFrom: 2 }))
  const stops: boolean[] = []
  for (const value of [1, 9, 5, 4, 4]) {
    stops.push((await callback.onEpoch?.(state({ metrics: { 'val.loss': value } })))?.stop ?? false)
  }
  expect(stops).toEqual([false, false, false, false, true])
})

test.each([
  [{ type: 'earlyStopping', patience: -1 }, 'patience: expected a whole number of at least 1'],
  [{ type: 'earlyStopping', startFrom: -1 }, 'startFrom: expected a whole number of at least 0'],
  [{ type: 'stopAfter' }, 'steps: expected `steps` or `seconds`'],
  [{ type: 'stopAfter', seconds: 0 }, 'seconds: expected a number above 0, got 0'],
  [{ type: 'stopAtTarget' }, 'target: expected a number, got nothing'],
  [{ type: 'gradientNormStopping', threshold: 0 }, 'threshold: expected a number above 0'],
  [
    { type: 'gradientNormStopping', threshold: 1, every: 0 },
    'every: expected a whole number of at least 1',
  ],
  [{ type: 'updateRatioStopping', threshold: 1, every: 'epoch' }, 'every: expected a whole number'],
  [{ type: 'evidenceStopping', samples: 1 }, 'samples: expected a whole number of at least 2'],
  [{ type: 'prechelt', criterion: 'PG' }, 'criterion: expected one of GL, PQ, UP, got "PG"'],
  [{ type: 'prechelt', criterion: 'GL', alpha: 0 }, 'alpha: expected a number above 0'],
  [{ type: 'reduceOnPlateau', factor: 1 }, 'factor: expected a number above 0 and below 1, got 1'],
  [{ type: 'reduceOnPlateau', patience: -1 }, 'patience: expected a whole number of at least 0'],
  [{ type: 'reduceOnPlateau', minRate: -1 }, 'minRate: expected a number at least 0, got -1'],
  [{ type: 'stopOnNaN', skip: -1 }, 'skip: expected a whole number of at least 0, got -1'],
  [{ type: 'csvLogger', file: '' }, 'file: expected the name of a file, got ""'],
  [{ type: 'jsonlLogger' }, 'file: expected the name of a file, got nothing'],
  [{ type: 'csvloger', file: 'a' }, 'did you mean "csvLogger"?'],
])('%j is refused', (config, message) => {
  expect(() => callbackOf(config as CallbackConfig, 'callbacks.0')).toThrow(message)
})

test('the JSON Schema of a callback knows each of them', () => {
  const text = JSON.stringify(jsonSchema(callbackSchema()))
  for (const type of Object.keys(callbacks)) expect(text).toContain(`"const":"${type}"`)
})
