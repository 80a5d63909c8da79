// Checks every epoch or every so many steps: the hooks that a callback needs for them.

import { z } from 'zod'

import { oneOf, wholeNumber } from '../config/index.ts'
import type { Answer, Callback, TrainingState } from './define.ts'

/** When something is checked: after each epoch, or after so many steps again and again. */
export type Every = 'epoch' | number

/** The schema of `every`. */
export const everyField: z.ZodUnion<readonly [z.ZodLiteral<'epoch'>, z.ZodNumber]> = oneOf(
  '"epoch" or a whole number of steps of at least 1',
  [z.literal('epoch'), wholeNumber(1)],
)

/**
 * The hooks that call `check` when it is time.
 *
 * @example
 * ```ts
 * const callback: Callback = checking(100, ({ gradientNorm }) => ({ stop: gradientNorm === 0 }))
 * ```
 */
export function checking(
  every: Every,
  check: (state: TrainingState) => Answer,
): Pick<Callback, 'onEpoch' | 'onStep' | 'stepsUntil'> {
  if (every === 'epoch') return { onEpoch: check }
  return {
    stepsUntil: ({ step }) => every - (step % every),
    onStep: (state) => (state.step % every === 0 ? check(state) : undefined),
  }
}
