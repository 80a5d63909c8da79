// The schedule `stepDecay`: `initial × rate ^ ⌊n⌋`, `n` the spans `every` gone by.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import type { ScheduleDefinition } from './define.ts'
import { spanSchema, stairs } from './moment.ts'
import type { Span } from './moment.ts'

/** Options of `stepDecay`. */
export interface StepDecayOptions {
  /** The first rate, above 0. */
  readonly initial: number
  /** How long a stair is, such as `{ epochs: 30 }`. */
  readonly every: Span
  /** The factor from stair to stair, above 0 and at most 1. Default: 0.1. */
  readonly rate?: number | undefined
}

/** A rate that falls in long stairs. */
export interface StepDecaySchedule extends StepDecayOptions {
  readonly type: 'stepDecay'
}

/**
 * A rate that falls by a factor at the end of each span: PyTorch's `StepLR`.
 *
 * @example
 * ```ts
 * sgd({ learningRate: stepDecay({ initial: 0.1, every: { epochs: 30 } }), momentum: 0.9 })
 * ```
 */
export function stepDecay(options: StepDecayOptions): StepDecaySchedule {
  return { type: 'stepDecay', ...options }
}

/** How `stepDecay` is checked and read. */
export const stepDecaySchedule: ScheduleDefinition<StepDecaySchedule> = {
  type: 'stepDecay',
  schema: () =>
    options({
      type: z.literal('stepDecay'),
      initial: number({ above: 0 }),
      every: spanSchema,
      rate: number({ above: 0, to: 1 }).default(0.1),
    }),
  rate: ({ initial, rate, every }, moment) => initial * rate ** stairs(every, moment),
}
