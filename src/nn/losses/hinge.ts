// Hinge loss: `max(0, 1 - y x)` of scores `x` and signs `y`. Vapnik 1995.

import { z } from 'zod'

import { flag, number, options } from '../../config/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import { alike, twoClasses } from './define.ts'
import type { LossDefinition } from './define.ts'

/** Options of `hinge`. */
export interface HingeOptions {
  /** The score of the right sign from which on there is no loss, above 0. Default: 1. */
  readonly margin?: number | undefined
  /** Whether each loss is squared. Default: false. */
  readonly squared?: boolean | undefined
}

/** The config of the `hinge` loss. */
export interface HingeConfig extends HingeOptions {
  readonly type: 'hinge'
}

/**
 * The mean hinge loss, as in Keras; output and target have one shape. Targets are -1 and 1, or 0 and
 * 1: whatever is above 0 is positive.
 *
 * @example
 * ```ts
 * hinge({ squared: true })
 * ```
 */
export function hinge(options: HingeOptions = {}): HingeConfig {
  return describe('hinge', options)
}

/** How `hinge` is checked and computed. */
export const hingeLoss: LossDefinition<HingeConfig, Resolved<HingeConfig>> = {
  type: 'hinge',
  schema: options({
    type: z.literal('hinge'),
    margin: number({ above: 0 }).default(1),
    squared: flag().default(false),
  }),
  apply: ({ margin, squared }, output, target) => {
    const sign = alike('hinge', output, target).greater(0).select(1, -1)
    const values = output.mul(sign).neg().add(margin).relu()
    return { values: squared ? values.square() : values }
  },
  classes: (_, output, target) => twoClasses(alike('hinge', output, target)),
}
