// Leaky ReLU: `y = x > 0 ? x : s x`. Maas et al. 2013.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import type { ActivationDefinition } from './define.ts'

/** Options of `leakyRelu`. */
export interface LeakyReluOptions {
  /** The slope `s` below 0, at least 0. Default: 0.01. */
  readonly negativeSlope?: number | undefined
}

/** The config of a `leakyRelu` layer or activation. */
export interface LeakyReluConfig extends LeakyReluOptions {
  readonly type: 'leakyRelu'
}

/**
 * `x` above 0 and `negativeSlope x` below; any shape.
 *
 * @example
 * ```ts
 * conv2d({ filters: 32, kernelSize: 3, activation: leakyRelu({ negativeSlope: 0.2 }) })
 * ```
 */
export function leakyRelu(options: LeakyReluOptions = {}): LeakyReluConfig {
  return describe('leakyRelu', options)
}

/** How `leakyRelu` is checked and computed. */
export const leakyReluActivation: ActivationDefinition<
  LeakyReluConfig,
  Resolved<LeakyReluConfig>
> = {
  type: 'leakyRelu',
  schema: options({
    type: z.literal('leakyRelu'),
    negativeSlope: number({ from: 0 }).default(0.01),
  }),
  apply: (x, { negativeSlope }) => x.greater(0).select(x, x.mul(negativeSlope)),
}
