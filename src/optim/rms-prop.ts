// RMSProp: `v ← α v + (1 - α) g²`, `w ← w - lr g / (√v + ε)`; centred: `v - mean(g)²`. Hinton 2012;
// Graves 2013, arXiv:1308.0850.

import { flag } from '../config/index.ts'
import { amount, optimizerFields, positive, share } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'

/** Options of `rmsProp`. `learningRate` is 0.01 by default. */
export interface RmsPropOptions extends OptimizerOptions {
  /** How much of the means stays each step, at least 0 and below 1. Default: 0.99. */
  readonly alpha?: number | undefined
  /** Added to the root, above 0. Default: 1e-8. */
  readonly epsilon?: number | undefined
  /** The share of the velocity that stays, at least 0 and below 1. Default: 0. */
  readonly momentum?: number | undefined
  /** Whether to divide by the deviation of the gradient, not by its root mean square. Default: false. */
  readonly centered?: boolean | undefined
  /** Added to the gradient times the weight, at least 0. Default: 0. */
  readonly weightDecay?: number | undefined
}

/** The config of `rmsProp`. */
export interface RmsPropConfig extends RmsPropOptions {
  readonly type: 'rmsProp'
}

/**
 * RMSProp, centred or not, with momentum, as in PyTorch.
 *
 * @example
 * ```ts
 * rmsProp({ learningRate: 1e-3, momentum: 0.9, centered: true })
 * ```
 */
export function rmsProp(options: RmsPropOptions = {}): RmsPropConfig {
  return { type: 'rmsProp', ...options }
}

/** How `rmsProp` is checked. */
export const rmsPropOptimizer: OptimizerDefinition<RmsPropConfig> = {
  type: 'rmsProp',
  schema: optimizerFields('rmsProp', 0.01, {
    alpha: share.default(0.99),
    epsilon: positive.default(1e-8),
    momentum: share.default(0),
    centered: flag().default(false),
    weightDecay: amount.default(0),
  }),
}
