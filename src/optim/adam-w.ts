// AdamW: Adam, with weights that decay by themselves: `w ← w - lr (m̂ / (√v̂ + ε) + λ w)`.
// Loshchilov and Hutter 2017, arXiv:1711.05101.

import { flag } from '../config/index.ts'
import { amount, optimizerFields } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'
import { momentFields } from './moments.ts'
import type { MomentOptions } from './moments.ts'

/** Options of `adamW`. `learningRate` is 0.001 by default. */
export interface AdamWOptions extends OptimizerOptions, MomentOptions {
  /** The share λ by which a weight shrinks, times the rate, at least 0. Default: 0.01. */
  readonly weightDecay?: number | undefined
  /** Whether to divide by the largest mean square so far. Default: false. */
  readonly amsgrad?: boolean | undefined
}

/** The config of `adamW`. */
export interface AdamWConfig extends AdamWOptions {
  readonly type: 'adamW'
}

/**
 * Adam with decoupled weight decay, as in PyTorch.
 *
 * @example
 * ```ts
 * adamW({ learningRate: 1e-3, weightDecay: 0.1, clipNorm: 1 })
 * ```
 */
export function adamW(options: AdamWOptions = {}): AdamWConfig {
  return { type: 'adamW', ...options }
}

/** How `adamW` is checked. */
export const adamWOptimizer: OptimizerDefinition<AdamWConfig> = {
  type: 'adamW',
  schema: optimizerFields('adamW', 1e-3, {
    ...momentFields,
    weightDecay: amount.default(0.01),
    amsgrad: flag().default(false),
  }),
}
