// AdamW: Adam, with weights that decay by themselves: `w ← w - lr (m̂ / (√v̂ + ε) + λ w)`.
// Loshchilov and Hutter 2017, arXiv:1711.05101.

import { z } from 'zod'

import { number, options } from '../config/index.ts'
import { clipNormField, learningRateField, shareField } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'
import type { Schedule } from './schedule.ts'

/** Options of `adamW`. `learningRate` is 0.001 by default. */
export interface AdamWOptions extends OptimizerOptions {
  /** How much of the mean gradient stays each step, at least 0 and below 1. Default: 0.9. */
  readonly beta1?: number | undefined
  /** How much of the mean square stays each step, at least 0 and below 1. Default: 0.999. */
  readonly beta2?: number | undefined
  /** Added to the root of the mean square, above 0. Default: 1e-8. */
  readonly epsilon?: number | undefined
  /** The share λ by which a weight shrinks, times the rate, at least 0. Default: 0.01. */
  readonly weightDecay?: number | undefined
}

/** The config of `adamW`. */
export interface AdamWConfig extends AdamWOptions {
  readonly type: 'adamW'
}

/** `AdamWConfig` with its defaults filled in. */
export interface ResolvedAdamW {
  readonly type: 'adamW'
  readonly learningRate: number | Schedule
  readonly clipNorm?: number | undefined
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
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
export const adamWOptimizer: OptimizerDefinition<AdamWConfig, ResolvedAdamW> = {
  type: 'adamW',
  schema: options({
    type: z.literal('adamW'),
    learningRate: learningRateField(1e-3),
    beta1: shareField.default(0.9),
    beta2: shareField.default(0.999),
    epsilon: number({ above: 0 }).default(1e-8),
    weightDecay: number({ from: 0 }).default(0.01),
    clipNorm: clipNormField,
  }),
}
