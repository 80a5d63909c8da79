// Softplus: `y = log(1 + e ** (β x)) / β`.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import type { ActivationDefinition } from './define.ts'

/** Options of `softplus`. */
export interface SoftplusOptions {
  /** How sharp the bend at 0 is: `β`, above 0. Default: 1. */
  readonly beta?: number | undefined
}

/** The config of a `softplus` layer or activation. */
export interface SoftplusConfig extends SoftplusOptions {
  readonly type: 'softplus'
}

/**
 * `log(1 + e ** (beta x)) / beta`; any shape. Computed without overflow, so that PyTorch's
 * `threshold`, beyond which it is `x`, is not needed.
 *
 * @example
 * ```ts
 * dense({ units: 1, activation: softplus({ beta: 2 }) })
 * ```
 */
export function softplus(options: SoftplusOptions = {}): SoftplusConfig {
  return describe('softplus', options)
}

/** How `softplus` is checked and computed. */
export const softplusActivation: ActivationDefinition<SoftplusConfig, Resolved<SoftplusConfig>> = {
  type: 'softplus',
  schema: options({
    type: z.literal('softplus'),
    beta: number({ above: 0 }).default(1),
  }),
  apply: (x, { beta }) =>
    beta === 1
      ? x.softplus()
      : x
          .mul(beta)
          .softplus()
          .mul(1 / beta),
}
