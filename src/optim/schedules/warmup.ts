// The combinator `warmup`: a rise in a line to where another schedule begins.
// Goyal et al. 2017, arXiv:1706.02677.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import type { Schedule } from '../schedule.ts'
import type { ScheduleDefinition } from './define.ts'
import { after, share, spanSchema } from './moment.ts'
import type { Span } from './moment.ts'

/** Options of `warmup`. */
export interface WarmupOptions {
  /** How long the rate rises. */
  readonly over: Span
  /** The first rate as a share of where the schedule begins, 0 to 1. Default: 0. */
  readonly from?: number | undefined
}

/** A schedule that a rise leads up to. */
export interface WarmupSchedule extends WarmupOptions {
  readonly type: 'warmup'
  readonly schedule: number | Schedule
}

/**
 * A rate that rises in a line to the first rate of `schedule`, which begins when the rise is over
 * and has the rest of the run: PyTorch's `SequentialLR` of `LinearLR` and another. It begins at 0,
 * as in Keras; PyTorch's `LinearLR` begins at a third, which is `from: 1 / 3`.
 *
 * @example
 * ```ts
 * adamW({ learningRate: warmup(linear({ initial: 1e-3 }), { over: { share: 0.05 } }) })
 * ```
 */
export function warmup(schedule: number | Schedule, options: WarmupOptions): WarmupSchedule {
  return { type: 'warmup', schedule, ...options }
}

/** How `warmup` is checked and read. */
export const warmupSchedule: ScheduleDefinition<WarmupSchedule> = {
  type: 'warmup',
  schema: (schedule) =>
    options({
      type: z.literal('warmup'),
      schedule: schedule as z.ZodType<number | Schedule, number | Schedule>,
      over: spanSchema,
      from: number({ from: 0, to: 1 }).default(0),
    }),
  rate: ({ schedule, over, from }, moment, rateOf) => {
    const rest = after(over, moment)
    const gone = share(over, moment)
    if (gone >= 1) return rateOf(schedule, rest)
    return rateOf(schedule, { ...rest, step: 0, epoch: 0 }) * (from + (1 - from) * gone)
  },
}
