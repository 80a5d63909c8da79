// The schedule `cosineRestarts`: half cosines one after another, each `growth` times as long.
// Loshchilov and Hutter 2016, arXiv:1608.03983.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import { halfCosine } from './cosine.ts'
import type { ScheduleDefinition } from './define.ts'
import { progress, spanSchema } from './moment.ts'
import type { Span } from './moment.ts'

/** Options of `cosineRestarts`. */
export interface CosineRestartsOptions {
  /** The rate at the beginning of each period, above 0. */
  readonly initial: number
  /** The first period. */
  readonly period: Span
  /** The rate at the end of each period, at least 0. Default: 0. */
  readonly final?: number | undefined
  /** How many times as long as the last one each period is, at least 1. Default: 1. */
  readonly growth?: number | undefined
}

/** A rate that falls along half a cosine again and again. */
export interface CosineRestartsSchedule extends CosineRestartsOptions {
  readonly type: 'cosineRestarts'
}

/**
 * SGDR, a rate that falls along half a cosine and starts anew: PyTorch's
 * `CosineAnnealingWarmRestarts`, its `T_0` and `T_mult` called `period` and `growth`.
 *
 * @example
 * ```ts
 * sgd({ learningRate: cosineRestarts({ initial: 0.1, period: { epochs: 10 }, growth: 2 }) })
 * ```
 */
export function cosineRestarts(options: CosineRestartsOptions): CosineRestartsSchedule {
  return { type: 'cosineRestarts', ...options }
}

/** How `cosineRestarts` is checked and read. */
export const cosineRestartsSchedule: ScheduleDefinition<CosineRestartsSchedule> = {
  type: 'cosineRestarts',
  schema: () =>
    options({
      type: z.literal('cosineRestarts'),
      initial: number({ above: 0 }),
      period: spanSchema,
      final: number({ from: 0 }).default(0),
      growth: number({ from: 1 }).default(1),
    }),
  rate: ({ initial, period, final, growth }, moment) => {
    let gone = progress(period, moment)
    if (growth === 1) return halfCosine(initial, final, gone % 1)
    let length = 1
    while (gone >= length) {
      gone -= length
      length *= growth
    }
    return halfCosine(initial, final, gone / length)
  },
}
