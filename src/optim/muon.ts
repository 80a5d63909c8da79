// Muon: momentum made orthogonal, `w ← w - lr s NS(g + μ (B - g))`, for matrices; AdamW for the rest.
// Jordan et al. 2024; Liu et al. 2025, arXiv:2502.16982.

import { z } from 'zod'

import { choice, flag, number, options, wholeNumber } from '../config/index.ts'
import { amount, optimizerFields, positive, share } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'
import { momentFields } from './moments.ts'
import type { MomentOptions } from './moments.ts'

/** Options of the AdamW that `muon` leaves other parameters to. */
export interface MuonAdamWOptions extends MomentOptions {
  /** What the learning rate is multiplied by, at least 0. Default: 1. */
  readonly rate?: number | undefined
  /** At least 0. Default: 0.01. */
  readonly weightDecay?: number | undefined
}

/** Options of `muon`. `learningRate` is 0.001 by default. */
export interface MuonOptions extends OptimizerOptions {
  /** The share of the mean gradient that stays, at least 0 and below 1. Default: 0.95. */
  readonly momentum?: number | undefined
  /** Whether to look ahead along the mean gradient. Default: true. */
  readonly nesterov?: boolean | undefined
  /** The share λ by which a weight shrinks, times the rate, at least 0. Default: 0.1. */
  readonly weightDecay?: number | undefined
  /** Iterations of Newton and Schulz, below 100. Default: 5. */
  readonly iterations?: number | undefined
  /** `a`, `b` and `c` of the iteration `a X + (b A + c A A) X`. Default: [3.4445, -4.775, 2.0315]. */
  readonly coefficients?: readonly [number, number, number] | undefined
  /** The least norm of a gradient, above 0. Default: 1e-7. */
  readonly epsilon?: number | undefined
  /**
   * What the rate is multiplied by: `original` √max(1, out / in), `matchRmsAdamW` 0.2 √max(in, out),
   * which lets rate and decay be AdamW's, `spectralUnclamped` √(out / in). Default: `original`.
   */
  readonly adjust?: 'original' | 'matchRmsAdamW' | 'spectralUnclamped' | undefined
  /** How AdamW updates what is no matrix. */
  readonly adamW?: MuonAdamWOptions | undefined
}

/** The config of `muon`. */
export interface MuonConfig extends MuonOptions {
  readonly type: 'muon'
}

/**
 * Muon, as PyTorch's, with the iteration in float32 where PyTorch takes bfloat16. Parameters of at
 * most one axis are AdamW's; so are those of a group with `asVector`, usual for embeddings and the
 * last layer. A convolution kernel is the matrix of all weights of each output channel, as in
 * Jordan's own program.
 *
 * @example
 * ```ts
 * muon({ learningRate: 0.02, adamW: { rate: 0.1 }, groups: [{ match: 'layers.3.*', asVector: true }] })
 * ```
 */
export function muon(options: MuonOptions = {}): MuonConfig {
  return { type: 'muon', ...options }
}

/** How `muon` is checked. */
export const muonOptimizer: OptimizerDefinition<MuonConfig> = {
  type: 'muon',
  schema: optimizerFields('muon', 1e-3, {
    momentum: share.default(0.95),
    nesterov: flag().default(true),
    weightDecay: amount.default(0.1),
    iterations: wholeNumber(0).max(99, { error: 'expected at most 99 iterations' }).default(5),
    coefficients: z
      .tuple([number(), number(), number()], { error: 'expected three numbers' })
      .default([3.4445, -4.775, 2.0315]),
    epsilon: positive.default(1e-7),
    adjust: choice(['original', 'matchRmsAdamW', 'spectralUnclamped']).default('original'),
    adamW: options({
      rate: amount.default(1),
      ...momentFields,
      weightDecay: amount.default(0.01),
    }).prefault({}),
  }),
}
