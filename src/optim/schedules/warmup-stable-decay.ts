// The schedule `warmupStableDecay`: up in a line, level, and down in the last part of the run.
// Hu et al. 2024, arXiv:2404.06395; shapes of the decay: Hägele et al. 2024, arXiv:2405.18392.

import { z } from 'zod'

import { choice, number, options } from '../../config/index.ts'
import type { ScheduleDefinition } from './define.ts'
import { inSteps, spanSchema, wholeRun } from './moment.ts'
import type { Span } from './moment.ts'

/** Options of `warmupStableDecay`. */
export interface WarmupStableDecayOptions {
  /** The rate of the level part, above 0. */
  readonly peak: number
  /** How long the rate rises in a line. Default: 5 % of the run. */
  readonly warmup?: Span | undefined
  /** How long the rate falls. Default: the last 20 % of the run. */
  readonly decay?: Span | undefined
  /** The shape of the fall: `1 - t`, half a cosine, or `1 - √t`. Default: `linear`. */
  readonly shape?: 'linear' | 'cosine' | 'sqrt' | undefined
  /** The first rate, at least 0. Default: 0. */
  readonly initial?: number | undefined
  /** The last rate, at least 0, which stays. Default: 0. */
  readonly final?: number | undefined
  /** All three parts together. Default: the whole run. */
  readonly over?: Span | undefined
}

/** A rate that rises, stays and falls. */
export interface WarmupStableDecaySchedule extends WarmupStableDecayOptions {
  readonly type: 'warmupStableDecay'
}

/**
 * WSD, or the trapezoid: a level rate that can go on for as long as one likes before the decay. A
 * decay that is longer than what the warm-up leaves begins where the warm-up ends.
 *
 * @example
 * ```ts
 * adamW({ learningRate: warmupStableDecay({ peak: 1e-3, warmup: 500, decay: { share: 0.2 } }) })
 * ```
 */
export function warmupStableDecay(options: WarmupStableDecayOptions): WarmupStableDecaySchedule {
  return { type: 'warmupStableDecay', ...options }
}

const shapes = {
  linear: (t: number): number => 1 - t,
  cosine: (t: number): number => (1 + Math.cos(Math.PI * t)) / 2,
  sqrt: (t: number): number => 1 - Math.sqrt(t),
}

/** How `warmupStableDecay` is checked and read. */
export const warmupStableDecaySchedule: ScheduleDefinition<WarmupStableDecaySchedule> = {
  type: 'warmupStableDecay',
  schema: () =>
    options({
      type: z.literal('warmupStableDecay'),
      peak: number({ above: 0 }),
      warmup: spanSchema.default({ share: 0.05 }),
      decay: spanSchema.default({ share: 0.2 }),
      shape: choice(['linear', 'cosine', 'sqrt']).default('linear'),
      initial: number({ from: 0 }).default(0),
      final: number({ from: 0 }).default(0),
      over: spanSchema.default(wholeRun),
    }),
  rate: ({ peak, warmup, decay, shape, initial, final, over }, moment) => {
    const { step } = moment
    const rise = inSteps(warmup, moment)
    if (step < rise) return initial + ((peak - initial) * step) / rise
    const end = inSteps(over, moment)
    const begin = Math.max(rise, end - inSteps(decay, moment))
    if (step < begin) return peak
    const gone = end > begin ? Math.min(1, (step - begin) / (end - begin)) : 1
    return final + (peak - final) * shapes[shape](gone)
  },
}
