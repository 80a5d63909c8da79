// The schedule `cosine`: `final + (initial - final) (1 + cos(π t)) / 2`, `t` the share gone by.
// Loshchilov and Hutter 2016, arXiv:1608.03983.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import type { ScheduleDefinition } from './define.ts'
import { share, spanSchema, wholeRun } from './moment.ts'
import type { Span } from './moment.ts'

/** Options of `cosine`. */
export interface CosineOptions {
  /** The first rate, above 0. */
  readonly initial: number
  /** The last rate, at least 0, which stays. Default: 0. */
  readonly final?: number | undefined
  /** How long the rate moves. Default: the whole run. */
  readonly over?: Span | undefined
}

/** A rate that falls along half a cosine. */
export interface CosineSchedule extends CosineOptions {
  readonly type: 'cosine'
}

/**
 * A rate that falls along half a cosine: the closed form of PyTorch's `CosineAnnealingLR` up to its
 * `T_max`. Past the end the last rate stays, where PyTorch's rises again.
 *
 * @example
 * ```ts
 * adamW({ learningRate: warmup(cosine({ initial: 1e-3, final: 1e-5 }), { over: 500 }) })
 * ```
 */
export function cosine(options: CosineOptions): CosineSchedule {
  return { type: 'cosine', ...options }
}

/**
 * `from` at a share of 0, `to` at a share of 1, along half a cosine in between.
 *
 * @example
 * ```ts
 * halfCosine(1, 0, 0.5) // 0.5
 * ```
 */
export function halfCosine(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2
}

/** How `cosine` is checked and read. */
export const cosineSchedule: ScheduleDefinition<CosineSchedule> = {
  type: 'cosine',
  schema: () =>
    options({
      type: z.literal('cosine'),
      initial: number({ above: 0 }),
      final: number({ from: 0 }).default(0),
      over: spanSchema.default(wholeRun),
    }),
  rate: ({ initial, final, over }, moment) => halfCosine(initial, final, share(over, moment)),
}
