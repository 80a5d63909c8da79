// The schedule `linear`: `initial + (final - initial) t`, `t` the share of `over` gone by.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import type { ScheduleDefinition } from './define.ts'
import { share, spanSchema, wholeRun } from './moment.ts'
import type { Span } from './moment.ts'

/** Options of `linear`. */
export interface LinearOptions {
  /** The first rate, at least 0. */
  readonly initial: number
  /** The last rate, at least 0, which stays. Default: 0. */
  readonly final?: number | undefined
  /** How long the rate moves. Default: the whole run. */
  readonly over?: Span | undefined
}

/** A rate that moves in a straight line. */
export interface LinearSchedule extends LinearOptions {
  readonly type: 'linear'
}

/**
 * A rate that moves in a straight line, down or up: PyTorch's `LinearLR`, whose factors are written
 * out as rates. The default, down to 0 at the end of the run, is what Bergsma et al. 2025
 * (arXiv:2502.15938) found best for language models.
 *
 * @example
 * ```ts
 * adamW({ learningRate: linear({ initial: 1e-3 }) })
 * ```
 */
export function linear(options: LinearOptions): LinearSchedule {
  return { type: 'linear', ...options }
}

/** How `linear` is checked and read. */
export const linearSchedule: ScheduleDefinition<LinearSchedule> = {
  type: 'linear',
  schema: () =>
    options({
      type: z.literal('linear'),
      initial: number({ from: 0 }),
      final: number({ from: 0 }).default(0),
      over: spanSchema.default(wholeRun),
    }),
  rate: ({ initial, final, over }, moment) => initial + (final - initial) * share(over, moment),
}
