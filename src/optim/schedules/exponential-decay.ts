// The schedule `exponentialDecay`: `initial × rate ^ n`, `n` the spans `every` gone by.

import { z } from 'zod'

import { flag, number, options } from '../../config/index.ts'
import type { ScheduleDefinition } from './define.ts'
import { progress, spanSchema, stairs } from './moment.ts'
import type { Span } from './moment.ts'

/** Options of `exponentialDecay`. */
export interface ExponentialDecayOptions {
  /** The first rate, above 0. */
  readonly initial: number
  /** The factor, above 0 and at most 1. */
  readonly rate: number
  /** How often the factor is applied. Default: every `epoch`. */
  readonly every?: Span | undefined
  /** Whether the rate falls at the end of each span, or a little at each step. Default: true. */
  readonly staircase?: boolean | undefined
}

/** A rate that a factor shrinks. */
export interface ExponentialDecaySchedule extends ExponentialDecayOptions {
  readonly type: 'exponentialDecay'
}

/**
 * `initial × rate ^ n`, where `n` counts the epochs, or the spans `every`, gone by: PyTorch's
 * `ExponentialLR`, and Keras' `ExponentialDecay` (whose `staircase` is false by default).
 *
 * @example
 * ```ts
 * adamW({ learningRate: exponentialDecay({ initial: 1e-3, rate: 0.9, every: 'epoch' }) })
 * ```
 */
export function exponentialDecay(options: ExponentialDecayOptions): ExponentialDecaySchedule {
  return { type: 'exponentialDecay', ...options }
}

/** How `exponentialDecay` is checked and read. */
export const exponentialDecaySchedule: ScheduleDefinition<ExponentialDecaySchedule> = {
  type: 'exponentialDecay',
  schema: () =>
    options({
      type: z.literal('exponentialDecay'),
      initial: number({ above: 0 }),
      rate: number({ above: 0, to: 1 }),
      every: spanSchema.default('epoch'),
      staircase: flag().default(true),
    }),
  rate: ({ initial, rate, every, staircase }, moment) =>
    initial * rate ** (staircase ? stairs(every, moment) : progress(every, moment)),
}
