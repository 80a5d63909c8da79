// Lion: `w ← w - lr sign(β₁ m + (1 - β₁) g)`, `m ← β₂ m + (1 - β₂) g`. Chen et al. 2023,
// arXiv:2302.06675.

import { amount, optimizerFields, share } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'

/** Options of `lion`. `learningRate` is 0.0001 by default. */
export interface LionOptions extends OptimizerOptions {
  /** The share of `m` in the step, at least 0 and below 1. Default: 0.9. */
  readonly beta1?: number | undefined
  /** How much of `m` stays each step, at least 0 and below 1. Default: 0.99. */
  readonly beta2?: number | undefined
  /** The share λ by which a weight shrinks, times the rate, at least 0. Default: 0. */
  readonly weightDecay?: number | undefined
}

/** The config of `lion`. */
export interface LionConfig extends LionOptions {
  readonly type: 'lion'
}

/**
 * Lion, as its paper defines it: every weight moves by the rate, so rates are 3 to 10 times smaller
 * than AdamW's and decays as many times larger.
 *
 * @example
 * ```ts
 * lion({ learningRate: 1e-4, weightDecay: 0.1 })
 * ```
 */
export function lion(options: LionOptions = {}): LionConfig {
  return { type: 'lion', ...options }
}

/** How `lion` is checked. */
export const lionOptimizer: OptimizerDefinition<LionConfig> = {
  type: 'lion',
  schema: optimizerFields('lion', 0.0001, {
    beta1: share.default(0.9),
    beta2: share.default(0.99),
    weightDecay: amount.default(0),
  }),
}
