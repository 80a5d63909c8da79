// The schedule `noam`: `factor × modelSize ^ -0.5 × min(s ^ -0.5, s × warmup ^ -1.5)`.
// Vaswani et al. 2017, arXiv:1706.03762.

import { z } from 'zod'

import { number, options, wholeNumber } from '../../config/index.ts'
import type { ScheduleDefinition } from './define.ts'
import { inSteps, spanSchema } from './moment.ts'
import type { Span } from './moment.ts'

/** Options of `noam`. */
export interface NoamOptions {
  /** The width of the transformer, at least 1. */
  readonly modelSize: number
  /** How long the rate rises. Default: 4000 steps. */
  readonly warmup?: Span | undefined
  /** Multiplies the rate, above 0. Default: 1. */
  readonly factor?: number | undefined
}

/** A rate that rises in a line and falls with the root of time. */
export interface NoamSchedule extends NoamOptions {
  readonly type: 'noam'
}

/**
 * The schedule of the first transformer; `s` is the number of the step, counted from 1.
 *
 * @example
 * ```ts
 * adam({ learningRate: noam({ modelSize: 512, warmup: 4000 }), beta2: 0.98, epsilon: 1e-9 })
 * ```
 */
export function noam(options: NoamOptions): NoamSchedule {
  return { type: 'noam', ...options }
}

/** How `noam` is checked and read. */
export const noamSchedule: ScheduleDefinition<NoamSchedule> = {
  type: 'noam',
  schema: () =>
    options({
      type: z.literal('noam'),
      modelSize: wholeNumber(1),
      warmup: spanSchema.default(4000),
      factor: number({ above: 0 }).default(1),
    }),
  rate: ({ modelSize, warmup, factor }, moment) => {
    const s = moment.step + 1
    const rise = inSteps(warmup, moment)
    return factor * modelSize ** -0.5 * Math.min(s ** -0.5, s * rise ** -1.5)
  },
}
