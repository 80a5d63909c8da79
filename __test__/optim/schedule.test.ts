// Learning rates over time: spans of steps, epochs and shares, schedules inside others, and bad values.

import { expect, test } from 'vitest'

import { jsonSchema, parse } from '../../src/config/index.ts'
import {
  clip,
  constant,
  cosine,
  exponentialDecay,
  linear,
  multiStep,
  noam,
  oneCycle,
  rateAt,
  rateSchema,
  scheduleSchema,
  sequence,
  stepDecay,
  warmup,
  warmupStableDecay,
} from '../../src/optim/index.ts'
import type { Schedule } from '../../src/optim/index.ts'

/** The rates at some steps of a run of 100 steps, ten an epoch. */
function ratesAt(schedule: Schedule, steps: readonly number[]): number[] {
  const known = { stepsPerEpoch: 10, totalSteps: 100 }
  return steps.map((step) => rateAt(schedule, { step, epoch: step / 10, ...known }))
}

test('a number and a constant do not change', () => {
  expect(rateAt(0.5, { step: 9, epoch: 3 })).toBe(0.5)
  expect(rateAt(constant(0.5), { step: 9, epoch: 3 })).toBe(0.5)
})

test('exponential decay shrinks by the epoch unless it says otherwise', () => {
  const schedule = exponentialDecay({ initial: 1, rate: 0.5 })
  const rates = [0, 1, 2].map((epoch) => rateAt(schedule, { step: 100 * epoch, epoch }))
  expect(rates).toEqual([1, 0.5, 0.25])
  expect(ratesAt(schedule, [9, 10, 19, 20])).toEqual([1, 0.5, 0.5, 0.25])
})

test('exponential decay by steps shrinks in stairs, or smoothly', () => {
  const schedule = exponentialDecay({ initial: 1, rate: 0.5, every: 10 })
  const rates = [0, 9, 10, 19, 20].map((step) => rateAt(schedule, { step, epoch: 0 }))
  expect(rates).toEqual([1, 1, 0.5, 0.5, 0.25])
  const smooth = exponentialDecay({ initial: 1, rate: 0.25, every: 10, staircase: false })
  expect(rateAt(smooth, { step: 5, epoch: 0 })).toBe(0.5)
})

test('spans of steps, of epochs and of the run name the same moments', () => {
  const halves = [50, { epochs: 5 }, { share: 0.5 }] as const
  for (const half of halves) {
    const { initial } = { initial: 1 }
    expect(ratesAt(stepDecay({ initial, every: half }), [49, 50])).toEqual([1, 0.1])
    expect(ratesAt(multiStep({ initial, at: [half] }), [49, 50])).toEqual([1, 0.1])
    expect(ratesAt(linear({ initial, over: half }), [0, 25, 50, 99])).toEqual([1, 0.5, 0, 0])
    expect(ratesAt(oneCycle({ peak: 1, over: half }), [14])[0]).toBeCloseTo(1, 12)
    expect(ratesAt(noam({ modelSize: 1, warmup: half }), [49])[0]).toBeCloseTo(50 ** -0.5, 12)
  }
})

test('a schedule without a length spans the whole run', () => {
  expect(ratesAt(linear({ initial: 1 }), [0, 50, 99])).toEqual([1, 0.5, 1 - 99 / 100])
  expect(ratesAt(cosine({ initial: 1, final: 0.5 }), [0, 50])).toEqual([1, 0.75])
  expect(ratesAt(warmupStableDecay({ peak: 1 }), [0, 5, 80, 90])).toEqual([0, 1, 1, 0.5])
})

test('a schedule that spans the run says that it must know how long that is', () => {
  const moment = { step: 0, epoch: 0 }
  expect(() => rateAt(cosine({ initial: 1 }), moment)).toThrow(/needs `totalSteps`/)
  const mixed = warmup(exponentialDecay({ initial: 1, rate: 0.5 }), { over: 5 })
  expect(() => rateAt(mixed, { step: 9, epoch: 0 })).toThrow(/need `stepsPerEpoch`/)
  expect(rateAt(mixed, { step: 20, epoch: 2, stepsPerEpoch: 10 })).toBe(0.5)
})

test('warm-up leads in a line to where the schedule begins, which has the rest of the run', () => {
  const schedule = warmup(linear({ initial: 1 }), { over: 20 })
  expect(ratesAt(schedule, [0, 5, 20, 60])).toEqual([0, 0.25, 1, 0.5])
  const half = warmup(constant(2), { over: 'epoch', from: 0.5 })
  expect(ratesAt(half, [0, 5, 10, 99])).toEqual([1, 1.5, 2, 2])
})

test('each part of a sequence counts from its own beginning and takes its part for the run', () => {
  const schedule = sequence([
    { schedule: linear({ initial: 0, final: 1 }), over: 20 },
    { schedule: stepDecay({ initial: 1, every: 'epoch', rate: 0.5 }), over: { epochs: 4 } },
    { schedule: cosine({ initial: 0.5 }) },
  ])
  expect(ratesAt(schedule, [0, 10, 20, 29, 30, 59])).toEqual([0, 0.5, 1, 1, 0.5, 0.125])
  expect(ratesAt(schedule, [60, 80])).toEqual([0.5, 0.25])
})

test('stairs of epochs keep their places after a warm-up that is no whole number of epochs', () => {
  const schedule = warmup(exponentialDecay({ initial: 1, rate: 0.5 }), { over: 7 })
  const at = (step: number): number =>
    rateAt(schedule, { step, epoch: step / 45, stepsPerEpoch: 45, totalSteps: 450 })
  const later = Array.from({ length: 9 }, (_, i) => 7 + 45 * i)
  expect(later.map(at)).toEqual(later.map((_, i) => 0.5 ** i))
  expect(later.slice(1).map((step) => at(step - 1))).toEqual(later.slice(1).map((_, i) => 0.5 ** i))
})

test('clipping holds any schedule between bounds, itself part of others', () => {
  const schedule = clip(exponentialDecay({ initial: 1, rate: 0.1 }), { min: 0.05, max: 0.5 })
  expect(ratesAt(schedule, [0, 10, 20])).toEqual([0.5, 0.1, 0.05])
  expect(ratesAt(warmup(schedule, { over: 10 }), [5, 10, 20])).toEqual([0.25, 0.5, 0.1])
})

test('a schedule is a plain value that JSON keeps', () => {
  const schedule = sequence([{ schedule: warmup(0.1, { over: 10 }), over: 20 }, { schedule: 0.01 }])
  const copy = JSON.parse(JSON.stringify(schedule)) as Schedule
  expect(copy).toEqual(schedule)
  expect(ratesAt(copy, [5, 15, 25])).toEqual([0.05, 0.1, 0.01])
})

test.each([
  [{ type: 'exponentialDecay', initial: 0, rate: 0.5 }, 'initial: expected a number above 0'],
  [
    { type: 'exponentialDecay', initial: 1, rate: 1.1 },
    'rate: expected a number above 0 and at most 1',
  ],
  [
    { type: 'exponentialDecay', initial: 1, rate: 0.5, every: 'step' },
    'every: expected a number of steps of at least 1, "epoch", { epochs: above 0 }',
  ],
  [{ type: 'constant', value: -1 }, 'value: expected a number at least 0'],
  [{ type: 'cosine', initial: -0.1 }, 'initial: expected a number above 0, got -0.1'],
  [{ type: 'linear', initial: 1, over: { epochs: 0 } }, 'over.epochs: expected a number above 0'],
  [{ type: 'linear', initial: 1, over: { share: 2 } }, 'over.share: expected a number above 0 and'],
  [{ type: 'linear', initial: 1, over: 0.5 }, 'over: expected a number of steps of at least 1'],
  [{ type: 'multiStep', initial: 1, at: [] }, 'at: expected an array of at least one span, got []'],
  [{ type: 'cyclic', low: 2, high: 1 }, 'high: expected at least `low`'],
  [{ type: 'oneCycle', peak: 1, rise: 0.6, threePhase: true }, 'rise: expected at most 0.5'],
  [{ type: 'cosineRestarts', initial: 1, period: 5, growth: 0.5 }, 'growth: expected a number at'],
  [{ type: 'noam', modelSize: 0 }, 'modelSize: expected a whole number of at least 1, got 0'],
  [{ type: 'sequence', parts: [] }, 'parts: expected an array of at least one part'],
  [
    { type: 'sequence', parts: [{ schedule: 1 }, { schedule: 1 }] },
    'parts.0.over: expected how long this part lasts',
  ],
  [{ type: 'clip', schedule: 1 }, 'min: expected a `min` or a `max`'],
  [{ type: 'clip', schedule: 1, min: 2, max: 1 }, 'max: expected at least `min`'],
  [
    { type: 'warmup', over: 5, schedule: { type: 'clip', max: 1, schedule: { type: 'cosin' } } },
    'schedule.schedule.type: unknown schedule "cosin"; did you mean "cosine"?',
  ],
  [
    { type: 'warmup', over: 5, schedule: { type: 'cosine', initial: 1, end: 2 } },
    'schedule: unknown option `end`; the options are initial, final, over',
  ],
])('%j is refused', (value, message) => {
  expect(() => parse(scheduleSchema, value)).toThrow(message)
  expect(() => rateAt(value as Schedule, { step: 0, epoch: 0 })).toThrow(message)
})

test('the JSON Schema of a rate knows every schedule, those that hold others too', () => {
  const text = JSON.stringify(jsonSchema(rateSchema))
  for (const type of ['warmup', 'sequence', 'clip', 'oneCycle', 'warmupStableDecay']) {
    expect(text).toContain(`"const":"${type}"`)
  }
  expect(text).toMatch(/"schedule":\{"\$ref"/)
})
