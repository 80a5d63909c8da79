// ELU: `y = x > 0 ? x : α (e ** x - 1)`. Clevert et al. 2015, arXiv:1511.07289.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import type { Tensor } from '../../tensor/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import type { ActivationDefinition } from './define.ts'

/** Options of `elu`. */
export interface EluOptions {
  /** The limit `α` far below 0 is `-alpha`; at least 0. Default: 1. */
  readonly alpha?: number | undefined
}

/** The config of a `elu` layer or activation. */
export interface EluConfig extends EluOptions {
  readonly type: 'elu'
}

/**
 * `x` above 0 and `alpha (e ** x - 1)` below; any shape.
 *
 * @example
 * ```ts
 * dense({ units: 64, activation: elu({ alpha: 0.5 }) })
 * ```
 */
export function elu(options: EluOptions = {}): EluConfig {
  return describe('elu', options)
}

/** How `elu` is checked and computed. */
export const eluActivation: ActivationDefinition<EluConfig, Resolved<EluConfig>> = {
  type: 'elu',
  schema: options({
    type: z.literal('elu'),
    alpha: number({ from: 0 }).default(1),
  }),
  apply: (x, { alpha }) => expElu(x, alpha),
}

/**
 * `x > 0 ? x : alpha (e ** x - 1)`.
 *
 * With `t = tanh(x / 2)`, `e ** x - 1 = 2 t / (1 - t)`, which is exact near 0 and, as the branch
 * sees no `x` above 0, never divides by 0.
 *
 * @example
 * ```ts
 * expElu(Tensor.from([-1, 2]), 1) // [-0.632, 2]
 * ```
 */
export function expElu(x: Tensor, alpha: number): Tensor {
  const above = x.greater(0)
  const t = above.select(0, x).mul(0.5).tanh()
  const ones = t.mul(-1).add(1)
  return above.select(x, t.mul(2 * alpha).div(ones))
}
