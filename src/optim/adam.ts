// Adam: `m ← β₁ m + (1 - β₁) g`, `v ← β₂ v + (1 - β₂) g²`, `w ← w - lr m̂ / (√v̂ + ε)`.
// Kingma and Ba 2014, arXiv:1412.6980; AMSGrad: Reddi et al. 2018, arXiv:1904.09237.

import { flag } from '../config/index.ts'
import { amount, optimizerFields } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'
import { momentFields } from './moments.ts'
import type { MomentOptions } from './moments.ts'

/** Options of `adam`. `learningRate` is 0.001 by default. */
export interface AdamOptions extends OptimizerOptions, MomentOptions {
  /** Added to the gradient times the weight, at least 0. Default: 0. */
  readonly weightDecay?: number | undefined
  /** Whether to divide by the largest mean square so far. Default: false. */
  readonly amsgrad?: boolean | undefined
  /**
   * Whether the means are divided by `1 - βᵗ`, for they begin at 0. Without, `m` and `v` are used as
   * they are and first steps are longer. Default: true.
   */
  readonly biasCorrection?: boolean | undefined
}

/** The config of `adam`. */
export interface AdamConfig extends AdamOptions {
  readonly type: 'adam'
}

/**
 * Adam, as in PyTorch.
 *
 * @example
 * ```ts
 * adam({ learningRate: 1e-3 })
 * ```
 */
export function adam(options: AdamOptions = {}): AdamConfig {
  return { type: 'adam', ...options }
}

/** How `adam` is checked. */
export const adamOptimizer: OptimizerDefinition<AdamConfig> = {
  type: 'adam',
  schema: optimizerFields('adam', 1e-3, {
    ...momentFields,
    weightDecay: amount.default(0),
    amsgrad: flag().default(false),
    biasCorrection: flag().default(true),
  }),
}
