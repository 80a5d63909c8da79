// The schedule `oneCycle`: up to `peak`, and down to far below the first rate.
// Smith and Topin 2017, arXiv:1708.07120.

import { z } from 'zod'

import { choice, flag, number, options } from '../../config/index.ts'
import { halfCosine } from './cosine.ts'
import type { ScheduleDefinition } from './define.ts'
import { inSteps, spanSchema, wholeRun } from './moment.ts'
import type { Span } from './moment.ts'

/** Options of `oneCycle`. */
export interface OneCycleOptions {
  /** The highest rate, above 0. */
  readonly peak: number
  /** The whole cycle; after it the last rate stays. Default: the whole run. */
  readonly over?: Span | undefined
  /** The share of the cycle that goes up, 0 to 1. Default: 0.3. */
  readonly rise?: number | undefined
  /** How the rate moves. Default: `cosine`. */
  readonly anneal?: 'cosine' | 'linear' | undefined
  /** `peak` over the first rate, above 0. Default: 25. */
  readonly initialDivisor?: number | undefined
  /** The first rate over the last one, above 0. Default: 1e4. */
  readonly finalDivisor?: number | undefined
  /** Whether the way down is as long as the way up, and a third phase follows. Default: false. */
  readonly threePhase?: boolean | undefined
}

/** A rate that rises once and falls once. */
export interface OneCycleSchedule extends OneCycleOptions {
  readonly type: 'oneCycle'
}

/**
 * The 1cycle policy: PyTorch's `OneCycleLR`, for the learning rate only. PyTorch's also cycles the
 * momentum, unless told `cycle_momentum=False`; Attune's momentum stays as the optimizer says.
 *
 * @example
 * ```ts
 * sgd({ learningRate: oneCycle({ peak: 0.1 }), momentum: 0.9 })
 * ```
 */
export function oneCycle(options: OneCycleOptions): OneCycleSchedule {
  return { type: 'oneCycle', ...options }
}

/** How `oneCycle` is checked and read. */
export const oneCycleSchedule: ScheduleDefinition<OneCycleSchedule> = {
  type: 'oneCycle',
  schema: () =>
    options({
      type: z.literal('oneCycle'),
      peak: number({ above: 0 }),
      over: spanSchema.default(wholeRun),
      rise: number({ from: 0, to: 1 }).default(0.3),
      anneal: choice(['cosine', 'linear']).default('cosine'),
      initialDivisor: number({ above: 0 }).default(25),
      finalDivisor: number({ above: 0 }).default(1e4),
      threePhase: flag().default(false),
    }).refine(({ threePhase, rise }) => !threePhase || rise <= 0.5, {
      path: ['rise'],
      error: 'expected at most 0.5, for `threePhase` needs a way down as long as the way up',
    }),
  rate: ({ peak, over, rise, anneal, initialDivisor, finalDivisor, threePhase }, moment) => {
    const total = inSteps(over, moment)
    const initial = peak / initialDivisor
    const up = { end: rise * total - 1, from: initial, to: peak }
    const final = initial / finalDivisor
    const middle = { end: 2 * rise * total - 2, from: peak, to: initial }
    const last = { end: total - 1, from: threePhase ? initial : peak, to: final }
    const phases = threePhase ? [up, middle, last] : [up, last]
    const step = Math.min(moment.step, last.end)
    let start = 0
    for (const { end, from, to } of phases) {
      if (step <= end) {
        const share = end > start ? (step - start) / (end - start) : 1
        return anneal === 'cosine' ? halfCosine(from, to, share) : from + (to - from) * share
      }
      start = end
    }
    return final
  },
}
