// The combinator `sequence`: schedules one after another, each from its own beginning.

import { z } from 'zod'

import { options, show } from '../../config/index.ts'
import type { Schedule } from '../schedule.ts'
import type { ScheduleDefinition } from './define.ts'
import { after, during, progress, spanSchema } from './moment.ts'
import type { Span } from './moment.ts'

/** A part of a `sequence`. */
export interface SequencePart {
  readonly schedule: number | Schedule
  /** How long it lasts; the last part has what is left, and may leave this out. */
  readonly over?: Span | undefined
}

/** Schedules one after another. */
export interface SequenceSchedule {
  readonly type: 'sequence'
  readonly parts: readonly SequencePart[]
}

/**
 * Schedules one after another: PyTorch's `SequentialLR`. Each sees the steps and epochs of its own
 * part, and takes that part for the whole run; the last one goes on after its end.
 *
 * @param parts at least one; all but the last say how long they last.
 * @example
 * ```ts
 * const learningRate = sequence([
 *   { schedule: linear({ initial: 1e-5, final: 1e-3 }), over: 500 },
 *   { schedule: 1e-3, over: { epochs: 10 } },
 *   { schedule: cosine({ initial: 1e-3 }) },
 * ])
 * ```
 */
export function sequence(parts: readonly SequencePart[]): SequenceSchedule {
  return { type: 'sequence', parts }
}

const error = ({ input }: { input?: unknown }): string =>
  `expected an array of at least one part such as { schedule, over }, got ${show(input)}`

/** How `sequence` is checked and read. */
export const sequenceSchedule: ScheduleDefinition<SequenceSchedule> = {
  type: 'sequence',
  schema: (schedule) => {
    const part = options({
      schedule: schedule as z.ZodType<number | Schedule, number | Schedule>,
      over: spanSchema.optional(),
    })
    return options({
      type: z.literal('sequence'),
      parts: z
        .array(part, { error })
        .min(1, { error })
        .superRefine((parts, context) => {
          parts.slice(0, -1).forEach(({ over }, i) => {
            if (over !== undefined) return
            const message = 'expected how long this part lasts, for another one follows it'
            context.addIssue({ code: 'custom', path: [i, 'over'], message })
          })
        }),
    })
  },
  rate: ({ parts }, moment, rateOf) => {
    let rest = moment
    for (const [i, { schedule, over }] of parts.entries()) {
      const isLast = i === parts.length - 1
      if (over === undefined) return rateOf(schedule, rest)
      if (isLast || progress(over, rest) < 1) return rateOf(schedule, during(over, rest))
      rest = after(over, rest)
    }
    return 0
  },
}
