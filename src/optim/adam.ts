// Adam: `m ← β₁ m + (1 - β₁) g`, `v ← β₂ v + (1 - β₂) g²`, `w ← w - lr m̂ / (√v̂ + ε)`.
// Kingma and Ba 2014, arXiv:1412.6980.

import { z } from 'zod'

import { number, options } from '../config/index.ts'
import { clipNormField, learningRateField, shareField } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'
import type { Schedule } from './schedule.ts'

/** Options of `adam`. `learningRate` is 0.001 by default. */
export interface AdamOptions extends OptimizerOptions {
  /** How much of the mean gradient stays each step, at least 0 and below 1. Default: 0.9. */
  readonly beta1?: number | undefined
  /** How much of the mean square stays each step, at least 0 and below 1. Default: 0.999. */
  readonly beta2?: number | undefined
  /** Added to the root of the mean square, above 0. Default: 1e-8. */
  readonly epsilon?: number | undefined
  /** Added to the gradient times the weight, at least 0. Default: 0. */
  readonly weightDecay?: number | undefined
}

/** The config of `adam`. */
export interface AdamConfig extends AdamOptions {
  readonly type: 'adam'
}

/** `AdamConfig` with its defaults filled in. */
export interface ResolvedAdam {
  readonly type: 'adam'
  readonly learningRate: number | Schedule
  readonly clipNorm?: number | undefined
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
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
export const adamOptimizer: OptimizerDefinition<AdamConfig, ResolvedAdam> = {
  type: 'adam',
  schema: options({
    type: z.literal('adam'),
    learningRate: learningRateField(1e-3),
    beta1: shareField.default(0.9),
    beta2: shareField.default(0.999),
    epsilon: number({ above: 0 }).default(1e-8),
    weightDecay: number({ from: 0 }).default(0),
    clipNorm: clipNormField,
  }),
}
