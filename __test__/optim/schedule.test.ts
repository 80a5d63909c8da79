// Learning rates over time.

import { expect, test } from 'vitest'

import { parse } from '../../src/config/index.ts'
import { constant, exponentialDecay, rateAt, scheduleSchema } from '../../src/optim/index.ts'

test('a number and a constant do not change', () => {
  expect(rateAt(0.5, { step: 9, epoch: 3 })).toBe(0.5)
  expect(rateAt(constant(0.5), { step: 9, epoch: 3 })).toBe(0.5)
})

test('exponential decay shrinks by the epoch unless it says otherwise', () => {
  const schedule = exponentialDecay({ initial: 1, rate: 0.5 })
  const rates = [0, 1, 2].map((epoch) => rateAt(schedule, { step: 100 * epoch, epoch }))
  expect(rates).toEqual([1, 0.5, 0.25])
})

test('exponential decay by steps shrinks in stairs', () => {
  const schedule = exponentialDecay({ initial: 1, rate: 0.5, every: 10 })
  const rates = [0, 9, 10, 19, 20].map((step) => rateAt(schedule, { step, epoch: 0 }))
  expect(rates).toEqual([1, 1, 0.5, 0.5, 0.25])
})

test.each([
  [{ type: 'exponentialDecay', initial: 0, rate: 0.5 }, 'initial: expected a number above 0'],
  [
    { type: 'exponentialDecay', initial: 1, rate: 1.1 },
    'rate: expected a number above 0 and at most 1',
  ],
  [{ type: 'exponentialDecay', initial: 1, rate: 0.5, every: 'step' }, 'every: expected "epoch"'],
  [{ type: 'constant', value: -1 }, 'value: expected a number at least 0'],
])('%j is refused', (value, message) => {
  expect(() => parse(scheduleSchema, value)).toThrow(message)
})
