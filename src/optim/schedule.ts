// Learning rates over time: plain values, and the pure function that reads them.

import { z } from 'zod'

import { number, oneOf, options, union, wholeNumber } from '../config/index.ts'

/** When a rate is asked for, both counted from 0. */
export interface Moment {
  readonly step: number
  readonly epoch: number
}

/** A rate that does not change. */
export interface ConstantSchedule {
  readonly type: 'constant'
  readonly value: number
}

/** Options of `exponentialDecay`. */
export interface ExponentialDecayOptions {
  /** The first rate, above 0. */
  readonly initial: number
  /** The factor, above 0 and at most 1. */
  readonly rate: number
  /** How often the factor is applied: every `epoch`, or every so many steps. Default: `epoch`. */
  readonly every?: 'epoch' | number | undefined
}

/** A rate that a factor shrinks in stairs. */
export interface ExponentialDecaySchedule extends ExponentialDecayOptions {
  readonly type: 'exponentialDecay'
}

/** A learning rate over time. */
export type Schedule = ConstantSchedule | ExponentialDecaySchedule

/**
 * The same rate at every step.
 *
 * @param value at least 0.
 * @example
 * ```ts
 * sgd({ learningRate: constant(0.01) })
 * ```
 */
export function constant(value: number): ConstantSchedule {
  return { type: 'constant', value }
}

/**
 * `initial × rate ^ n`, where `n` counts the epochs, or the times that `every` steps, gone by.
 *
 * @example
 * ```ts
 * adamW({ learningRate: exponentialDecay({ initial: 1e-3, rate: 0.9, every: 'epoch' }) })
 * ```
 */
export function exponentialDecay(options: ExponentialDecayOptions): ExponentialDecaySchedule {
  return { type: 'exponentialDecay', ...options }
}

/** The schema of a schedule. */
export const scheduleSchema: z.ZodType<Schedule, Schedule> = union('schedule', {
  constant: options({ type: z.literal('constant'), value: number({ from: 0 }) }),
  exponentialDecay: options({
    type: z.literal('exponentialDecay'),
    initial: number({ above: 0 }),
    rate: number({ above: 0, to: 1 }),
    every: oneOf('"epoch" or a whole number of steps of at least 1', [
      z.literal('epoch'),
      wholeNumber(1),
    ]).default('epoch'),
  }),
})

/**
 * The learning rate at a moment; a number stands for a constant.
 *
 * @example
 * ```ts
 * rateAt(exponentialDecay({ initial: 1, rate: 0.5 }), { step: 0, epoch: 2 }) // 0.25
 * ```
 */
export function rateAt(schedule: Schedule | number, { step, epoch }: Moment): number {
  if (typeof schedule === 'number') return schedule
  switch (schedule.type) {
    case 'constant':
      return schedule.value
    case 'exponentialDecay': {
      const { initial, rate, every = 'epoch' } = schedule
      return initial * rate ** (every === 'epoch' ? epoch : Math.floor(step / every))
    }
  }
}
