// The schedule `constant`: the same rate at every step.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import type { ScheduleDefinition } from './define.ts'

/** A rate that does not change. */
export interface ConstantSchedule {
  readonly type: 'constant'
  readonly value: number
}

/**
 * The same rate at every step.
 *
 * @param value at least 0.
 * @example
 * ```ts
 * sgd({ learningRate: constant(0.01) })
 * ```
 */
export function constant(value: number): ConstantSchedule {
  return { type: 'constant', value }
}

/** How `constant` is checked and read. */
export const constantSchedule: ScheduleDefinition<ConstantSchedule> = {
  type: 'constant',
  schema: () => options({ type: z.literal('constant'), value: number({ from: 0 }) }),
  rate: ({ value }) => value,
}
