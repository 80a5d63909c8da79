// SGD: `v ← μ v + (1 - τ) g`, `w ← w - lr v` (or `g + μ v` with Nesterov). Sutskever et al. 2013.

import { flag } from '../config/index.ts'
import { amount, optimizerFields, share } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'

/** Options of `sgd`. `learningRate` is 0.01 by default, as in Keras (PyTorch: 0.001). */
export interface SgdOptions extends OptimizerOptions {
  /** The share of the velocity that stays, at least 0 and below 1. Default: 0. */
  readonly momentum?: number | undefined
  /** The share of the gradient that the velocity leaves out, at least 0 and below 1. Default: 0. */
  readonly dampening?: number | undefined
  /** Whether to look ahead along the velocity; needs momentum and no dampening. Default: false. */
  readonly nesterov?: boolean | undefined
  /**
   * Whether the velocity begins at 0 rather than as the first gradient, which PyTorch takes whole.
   * It makes a difference with dampening only. Default: false.
   */
  readonly zeroStart?: boolean | undefined
  /** Added to the gradient times the weight, at least 0. Default: 0. */
  readonly weightDecay?: number | undefined
}

/** The config of `sgd`. */
export interface SgdConfig extends SgdOptions {
  readonly type: 'sgd'
}

/**
 * Stochastic gradient descent, with momentum, dampening, Nesterov and weight decay as in PyTorch.
 *
 * The momentum of textbooks, `v = β v + (1 - β) g` from `v = 0` on, is
 * `sgd({ momentum: β, dampening: β, zeroStart: true })`.
 *
 * @example
 * ```ts
 * sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })
 * ```
 */
export function sgd(options: SgdOptions = {}): SgdConfig {
  return { type: 'sgd', ...options }
}

/** How `sgd` is checked. */
export const sgdOptimizer: OptimizerDefinition<SgdConfig> = {
  type: 'sgd',
  schema: optimizerFields(
    'sgd',
    1e-2,
    {
      momentum: share.default(0),
      dampening: share.default(0),
      nesterov: flag().default(false),
      zeroStart: flag().default(false),
      weightDecay: amount.default(0),
    },
    [
      {
        path: 'nesterov',
        message:
          'nesterov needs a momentum above 0 and a dampening of 0: set them or leave nesterov out',
        broken: ({ nesterov, momentum, dampening }) =>
          nesterov === true && (momentum === 0 || dampening !== 0),
      },
    ],
  ),
}
