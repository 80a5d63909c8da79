// Adadelta: `d = √(u + ε) / √(v + ε) g`, `w ← w - lr d`, `u` and `v` means of `d²` and `g²`.
// Zeiler 2012, arXiv:1212.5701.

import { amount, optimizerFields, positive, share } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'

/** Options of `adadelta`. `learningRate` is 1 by default. */
export interface AdadeltaOptions extends OptimizerOptions {
  /** How much of the means stays each step, at least 0 and below 1. Default: 0.9. */
  readonly rho?: number | undefined
  /** Added under both roots, above 0. Default: 1e-6. */
  readonly epsilon?: number | undefined
  /** Added to the gradient times the weight, at least 0. Default: 0. */
  readonly weightDecay?: number | undefined
}

/** The config of `adadelta`. */
export interface AdadeltaConfig extends AdadeltaOptions {
  readonly type: 'adadelta'
}

/**
 * Adadelta, as in PyTorch: steps as long as past steps by past gradients, so that the rate of 1 fits
 * most problems.
 *
 * @example
 * ```ts
 * adadelta()
 * ```
 */
export function adadelta(options: AdadeltaOptions = {}): AdadeltaConfig {
  return { type: 'adadelta', ...options }
}

/** How `adadelta` is checked. */
export const adadeltaOptimizer: OptimizerDefinition<AdadeltaConfig> = {
  type: 'adadelta',
  schema: optimizerFields('adadelta', 1, {
    rho: share.default(0.9),
    epsilon: positive.default(1e-6),
    weightDecay: amount.default(0),
  }),
}
