// The schedule `multiStep`: `initial × rate ^ n`, `n` the milestones `at` that are reached.

import { z } from 'zod'

import { number, options, show } from '../../config/index.ts'
import type { ScheduleDefinition } from './define.ts'
import { spanSchema, stairs } from './moment.ts'
import type { Span } from './moment.ts'

/** Options of `multiStep`. */
export interface MultiStepOptions {
  /** The first rate, above 0. */
  readonly initial: number
  /** When the rate falls, each from the beginning of training; at least one. */
  readonly at: readonly Span[]
  /** The factor at each of them, above 0 and at most 1. Default: 0.1. */
  readonly rate?: number | undefined
}

/** A rate that falls at some moments. */
export interface MultiStepSchedule extends MultiStepOptions {
  readonly type: 'multiStep'
}

/**
 * A rate that falls by a factor at each milestone: PyTorch's `MultiStepLR`.
 *
 * @example
 * ```ts
 * sgd({ learningRate: multiStep({ initial: 0.1, at: [{ epochs: 30 }, { epochs: 80 }] }) })
 * ```
 */
export function multiStep(options: MultiStepOptions): MultiStepSchedule {
  return { type: 'multiStep', ...options }
}

const error = ({ input }: { input?: unknown }): string =>
  `expected an array of at least one span, got ${show(input)}`

/** How `multiStep` is checked and read. */
export const multiStepSchedule: ScheduleDefinition<MultiStepSchedule> = {
  type: 'multiStep',
  schema: () =>
    options({
      type: z.literal('multiStep'),
      initial: number({ above: 0 }),
      at: z.array(spanSchema, { error }).min(1, { error }),
      rate: number({ above: 0, to: 1 }).default(0.1),
    }),
  rate: ({ initial, at, rate }, moment) =>
    initial * rate ** at.filter((milestone) => stairs(milestone, moment) > 0).length,
}
