// LAMB: Adam whose step is as long as the weight of the layer, `w ← w - lr ‖w‖ / ‖u‖ u`. You et al.
// 2020, arXiv:1904.00962.

import { amount, optimizerFields, positive } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'
import { momentFields } from './moments.ts'
import type { MomentOptions } from './moments.ts'

/** Options of `lamb`. `learningRate` is 0.001 by default. */
export interface LambOptions extends OptimizerOptions, MomentOptions {
  /** The share λ of the weight in `u`, at least 0. Default: 0.01. */
  readonly weightDecay?: number | undefined
}

/** The config of `lamb`. */
export interface LambConfig extends LambOptions {
  readonly type: 'lamb'
}

/**
 * LAMB, as algorithm 2 of its paper, for large batches. `epsilon` is 1e-6 by default. A parameter of
 * zeros takes Adam's step.
 *
 * @example
 * ```ts
 * lamb({ learningRate: 2e-3 })
 * ```
 */
export function lamb(options: LambOptions = {}): LambConfig {
  return { type: 'lamb', ...options }
}

/** How `lamb` is checked. */
export const lambOptimizer: OptimizerDefinition<LambConfig> = {
  type: 'lamb',
  schema: optimizerFields('lamb', 0.001, {
    ...momentFields,
    epsilon: positive.default(1e-6),
    weightDecay: amount.default(0.01),
  }),
}
