// RAdam: Adam whose first steps, when the mean square is no more than a few gradients, are not
// adaptive. Liu et al. 2020, arXiv:1908.03265.

import { flag } from '../config/index.ts'
import { amount, optimizerFields } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'
import { momentFields } from './moments.ts'
import type { MomentOptions } from './moments.ts'

/** Options of `rAdam`. `learningRate` is 0.001 by default. */
export interface RAdamOptions extends OptimizerOptions, MomentOptions {
  /** Added to the gradient times the weight, at least 0. Default: 0. */
  readonly weightDecay?: number | undefined
  /** Whether weights shrink by `lr λ` themselves instead. Default: false. */
  readonly decoupledWeightDecay?: boolean | undefined
}

/** The config of `rAdam`. */
export interface RAdamConfig extends RAdamOptions {
  readonly type: 'rAdam'
}

/**
 * Rectified Adam, as in PyTorch: it needs no warm-up of the rate.
 *
 * @example
 * ```ts
 * rAdam({ learningRate: 1e-3 })
 * ```
 */
export function rAdam(options: RAdamOptions = {}): RAdamConfig {
  return { type: 'rAdam', ...options }
}

/** How `rAdam` is checked. */
export const rAdamOptimizer: OptimizerDefinition<RAdamConfig> = {
  type: 'rAdam',
  schema: optimizerFields('rAdam', 0.001, {
    ...momentFields,
    weightDecay: amount.default(0),
    decoupledWeightDecay: flag().default(false),
  }),
}
