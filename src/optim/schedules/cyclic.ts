// The schedule `cyclic`: triangles between `low` and `high`. Smith 2015, arXiv:1506.01186.

import { z } from 'zod'

import { choice, number, options } from '../../config/index.ts'
import type { ScheduleDefinition } from './define.ts'
import { progress, spanSchema } from './moment.ts'
import type { Span } from './moment.ts'

/** Options of `cyclic`. */
export interface CyclicOptions {
  /** The lowest rate, at least 0. */
  readonly low: number
  /** The highest rate, at least `low`. */
  readonly high: number
  /** A whole cycle, up and down. Default: 4000 steps. */
  readonly period?: Span | undefined
  /** The share of a cycle that goes up, above 0 and below 1. Default: 0.5. */
  readonly rise?: number | undefined
  /**
   * How the triangles shrink: not at all (`triangular`), by half each cycle (`triangular2`), or by
   * `rate` each step (`exponential`, PyTorch's `exp_range`). Default: `triangular`.
   */
  readonly mode?: 'triangular' | 'triangular2' | 'exponential' | undefined
  /** The factor of `exponential` for each step, above 0 and at most 1. Default: 1. */
  readonly rate?: number | undefined
}

/** A rate that rises and falls in triangles. */
export interface CyclicSchedule extends CyclicOptions {
  readonly type: 'cyclic'
}

/**
 * A rate that rises and falls in triangles: PyTorch's `CyclicLR`, for the learning rate only (its
 * `cycle_momentum` is not offered). `step_size_up` is `rise × period`.
 *
 * @example
 * ```ts
 * sgd({ learningRate: cyclic({ low: 1e-3, high: 0.1, period: { epochs: 8 }, mode: 'triangular2' }) })
 * ```
 */
export function cyclic(options: CyclicOptions): CyclicSchedule {
  return { type: 'cyclic', ...options }
}

/** How `cyclic` is checked and read. */
export const cyclicSchedule: ScheduleDefinition<CyclicSchedule> = {
  type: 'cyclic',
  schema: () =>
    options({
      type: z.literal('cyclic'),
      low: number({ from: 0 }),
      high: number({ above: 0 }),
      period: spanSchema.default(4000),
      rise: number({ above: 0, below: 1 }).default(0.5),
      mode: choice(['triangular', 'triangular2', 'exponential']).default('triangular'),
      rate: number({ above: 0, to: 1 }).default(1),
    }).refine(({ low, high }) => low <= high, {
      path: ['high'],
      error: 'expected at least `low`: exchange the two',
    }),
  rate: ({ low, high, period, rise, mode, rate }, moment) => {
    const gone = progress(period, moment)
    const cycle = Math.floor(gone)
    const at = gone - cycle
    const height = at <= rise ? at / rise : (1 - at) / (1 - rise)
    const scale = { triangular: 1, triangular2: 2 ** -cycle, exponential: rate ** moment.step }
    return low + (high - low) * height * scale[mode]
  },
}
