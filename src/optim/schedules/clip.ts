// The combinator `clip`: another schedule, held between bounds.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import type { Schedule } from '../schedule.ts'
import type { ScheduleDefinition } from './define.ts'

/** Options of `clip`; at least one of them. */
export interface ClipOptions {
  /** The lowest rate, at least 0. Default: none. */
  readonly min?: number | undefined
  /** The highest rate, at least `min`. Default: none. */
  readonly max?: number | undefined
}

/** A schedule held between bounds. */
export interface ClipSchedule extends ClipOptions {
  readonly type: 'clip'
  readonly schedule: number | Schedule
}

/**
 * Another schedule, held between bounds.
 *
 * @example
 * ```ts
 * sgd({ learningRate: clip(exponentialDecay({ initial: 0.1, rate: 0.9 }), { min: 1e-3 }) })
 * ```
 */
export function clip(schedule: number | Schedule, options: ClipOptions): ClipSchedule {
  return { type: 'clip', schedule, ...options }
}

/** How `clip` is checked and read. */
export const clipSchedule: ScheduleDefinition<ClipSchedule> = {
  type: 'clip',
  schema: (schedule) =>
    options({
      type: z.literal('clip'),
      schedule: schedule as z.ZodType<number | Schedule, number | Schedule>,
      min: number({ from: 0 }).optional(),
      max: number({ from: 0 }).optional(),
    })
      .refine(({ min, max }) => min !== undefined || max !== undefined, {
        path: ['min'],
        error: 'expected a `min` or a `max`: give one of them or both',
      })
      .refine(({ min = 0, max = Infinity }) => min <= max, {
        path: ['max'],
        error: 'expected at least `min`: exchange the two',
      }),
  rate: ({ schedule, min = 0, max = Infinity }: ClipSchedule, moment, rateOf) =>
    Math.min(max, Math.max(min, rateOf(schedule, moment))),
}
