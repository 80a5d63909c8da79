// Adamax: Adam with the largest gradient, `u ← max(β₂ u, |g| + ε)`, in place of the mean square.
// Kingma and Ba 2014, arXiv:1412.6980, section 7.

import { amount, optimizerFields } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'
import { momentFields } from './moments.ts'
import type { MomentOptions } from './moments.ts'

/** Options of `adamax`. `learningRate` is 0.002 by default. */
export interface AdamaxOptions extends OptimizerOptions, MomentOptions {
  /** Added to the gradient times the weight, at least 0. Default: 0. */
  readonly weightDecay?: number | undefined
}

/** The config of `adamax`. */
export interface AdamaxConfig extends AdamaxOptions {
  readonly type: 'adamax'
}

/**
 * Adam with the infinity norm, as in PyTorch.
 *
 * @example
 * ```ts
 * adamax({ learningRate: 2e-3 })
 * ```
 */
export function adamax(options: AdamaxOptions = {}): AdamaxConfig {
  return { type: 'adamax', ...options }
}

/** How `adamax` is checked. */
export const adamaxOptimizer: OptimizerDefinition<AdamaxConfig> = {
  type: 'adamax',
  schema: optimizerFields('adamax', 0.002, {
    ...momentFields,
    weightDecay: amount.default(0),
  }),
}
