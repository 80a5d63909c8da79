// The schedule `inverseTimeDecay`: `initial / (1 + rate n)`, `n` the spans `every` gone by.

import { z } from 'zod'

import { flag, number, options } from '../../config/index.ts'
import type { ScheduleDefinition } from './define.ts'
import { progress, spanSchema, stairs } from './moment.ts'
import type { Span } from './moment.ts'

/** Options of `inverseTimeDecay`. */
export interface InverseTimeDecayOptions {
  /** The first rate, above 0. */
  readonly initial: number
  /** How fast it falls, at least 0. */
  readonly rate: number
  /** What time is counted in. Default: `epoch`. */
  readonly every?: Span | undefined
  /** Whether the rate falls at the end of each span only. Default: false. */
  readonly staircase?: boolean | undefined
}

/** A rate that falls with the inverse of time. */
export interface InverseTimeDecaySchedule extends InverseTimeDecayOptions {
  readonly type: 'inverseTimeDecay'
}

/**
 * `initial / (1 + rate n)`, where `n` counts the spans `every` gone by: Keras' `InverseTimeDecay`.
 *
 * @example
 * ```ts
 * sgd({ learningRate: inverseTimeDecay({ initial: 0.1, rate: 0.5, every: 1000 }) })
 * ```
 */
export function inverseTimeDecay(options: InverseTimeDecayOptions): InverseTimeDecaySchedule {
  return { type: 'inverseTimeDecay', ...options }
}

/** How `inverseTimeDecay` is checked and read. */
export const inverseTimeDecaySchedule: ScheduleDefinition<InverseTimeDecaySchedule> = {
  type: 'inverseTimeDecay',
  schema: () =>
    options({
      type: z.literal('inverseTimeDecay'),
      initial: number({ above: 0 }),
      rate: number({ from: 0 }),
      every: spanSchema.default('epoch'),
      staircase: flag().default(false),
    }),
  rate: ({ initial, rate, every, staircase }, moment) =>
    initial / (1 + rate * (staircase ? stairs(every, moment) : progress(every, moment))),
}
