// Adafactor: mean squares of a matrix as a row and a column, steps by the size of the weight.
// Shazeer and Stern 2018, arXiv:1804.04235.

import { number } from '../config/index.ts'
import { amount, optimizerFields, positive } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'

/** Options of `adafactor`. `learningRate` is 0.01 by default. */
export interface AdafactorOptions extends OptimizerOptions {
  /** The power of `t` that is the share of the new in the means, at most 0. Default: -0.8. */
  readonly beta2Decay?: number | undefined
  /** The least mean square is its square, above 0. Default: 2^-23, the precision of float32. */
  readonly epsilon1?: number | undefined
  /** The least size of a weight, at least 0. Default: 0.001. */
  readonly epsilon2?: number | undefined
  /** The largest root mean square of a step before its rate, at least 1. Default: 1. */
  readonly clipThreshold?: number | undefined
  /** The share λ by which a weight shrinks, times the rate, at least 0. Default: 0. */
  readonly weightDecay?: number | undefined
}

/** The config of `adafactor`. */
export interface AdafactorConfig extends AdafactorOptions {
  readonly type: 'adafactor'
}

/**
 * Adafactor, as PyTorch's: it keeps little more than the weights. Of a tensor of more than two axes
 * the last two make matrices, which in a convolution kernel are in and out.
 *
 * @example
 * ```ts
 * adafactor({ learningRate: 1e-2 })
 * ```
 */
export function adafactor(options: AdafactorOptions = {}): AdafactorConfig {
  return { type: 'adafactor', ...options }
}

/** How `adafactor` is checked. */
export const adafactorOptimizer: OptimizerDefinition<AdafactorConfig> = {
  type: 'adafactor',
  schema: optimizerFields('adafactor', 0.01, {
    beta2Decay: number({ to: 0 }).default(-0.8),
    epsilon1: positive.default(2 ** -23),
    epsilon2: amount.default(1e-3),
    clipThreshold: number({ from: 1 }).default(1),
    weightDecay: amount.default(0),
  }),
}
