// The schedule `polynomial`: `final + (initial - final) (1 - t) ^ power`, `t` the share gone by.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import type { ScheduleDefinition } from './define.ts'
import { share, spanSchema, wholeRun } from './moment.ts'
import type { Span } from './moment.ts'

/** Options of `polynomial`. */
export interface PolynomialOptions {
  /** The first rate, above 0. */
  readonly initial: number
  /** The last rate, at least 0, which stays. Default: 0. */
  readonly final?: number | undefined
  /** The power of the time that is left, above 0. Default: 1. */
  readonly power?: number | undefined
  /** How long the rate moves. Default: the whole run. */
  readonly over?: Span | undefined
}

/** A rate that falls with a power of the time left. */
export interface PolynomialSchedule extends PolynomialOptions {
  readonly type: 'polynomial'
}

/**
 * A rate that falls with a power of the time that is left: PyTorch's `PolynomialLR`, with an end
 * above 0 as in Keras' `PolynomialDecay`.
 *
 * @example
 * ```ts
 * sgd({ learningRate: polynomial({ initial: 0.1, power: 2 }) })
 * ```
 */
export function polynomial(options: PolynomialOptions): PolynomialSchedule {
  return { type: 'polynomial', ...options }
}

/** How `polynomial` is checked and read. */
export const polynomialSchedule: ScheduleDefinition<PolynomialSchedule> = {
  type: 'polynomial',
  schema: () =>
    options({
      type: z.literal('polynomial'),
      initial: number({ above: 0 }),
      final: number({ from: 0 }).default(0),
      power: number({ above: 0 }).default(1),
      over: spanSchema.default(wholeRun),
    }),
  rate: ({ initial, final, power, over }, moment) =>
    final + (initial - final) * (1 - share(over, moment)) ** power,
}
