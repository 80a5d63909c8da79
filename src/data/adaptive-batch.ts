// The batch size `adaptiveBatch`: it doubles when the gradient's noise scale `tr(Σ) / |G|²` allows it.
// McCandlish, Kaplan, Amodei et al. 2018, arXiv:1812.06162.

import { z } from 'zod'

import { choice, number, options, wholeNumber } from '../config/index.ts'

/** Options of `adaptiveBatch`. */
export interface AdaptiveBatchOptions {
  /** The samples of a step at first, at least 1. */
  readonly initial: number
  /** The largest size, at least `initial`. */
  readonly max: number
  /** The epochs from measurement to measurement, at least 1. Default: 1. */
  readonly every?: number | undefined
  /** The samples whose gradients are measured, at least 2. Default: 128. */
  readonly samples?: number | undefined
  /** How much earlier measurements count, at least 0 and below 1. Default: 0.5. */
  readonly smoothing?: number | undefined
  /**
   * What the learning rate is multiplied by when the batch doubles: `sqrt` of 2 (for Adam and its
   * kin; Malladi et al. 2022, arXiv:2205.10287), 2 (`linear`, for SGD; Goyal et al. 2017,
   * arXiv:1706.02677), or 1 (`constant`). Default: `sqrt`.
   */
  readonly learningRate?: 'sqrt' | 'linear' | 'constant' | undefined
}

/** A batch that grows with the noise of the gradient. */
export interface AdaptiveBatchConfig extends AdaptiveBatchOptions {
  readonly type: 'adaptiveBatch'
}

/** What is remembered of the gradients measured so far. */
export interface NoiseMemory {
  /** `tr(Σ)`, the variance of single samples' gradients summed over all weights, smoothed. */
  readonly trace: number
  /** `|G|²`, the squared norm of the true gradient, smoothed. */
  readonly square: number
}

/**
 * A batch that doubles after an epoch if the measured noise scale is at least twice its size: up to
 * there, twice the samples a step save nearly half the steps. It never shrinks. Each measurement
 * computes the gradients of some training samples one by one, without dropout and with running
 * statistics.
 *
 * @example
 * ```ts
 * const batchSize = adaptiveBatch({ initial: 32, max: 512, learningRate: 'sqrt' })
 * ```
 */
export function adaptiveBatch(options: AdaptiveBatchOptions): AdaptiveBatchConfig {
  return { type: 'adaptiveBatch', ...options }
}

/** The schema of `adaptiveBatch`. */
export const adaptiveBatchSchema: z.ZodType<AdaptiveBatchConfig, AdaptiveBatchConfig> = options({
  type: z.literal('adaptiveBatch'),
  initial: wholeNumber(1),
  max: wholeNumber(1),
  every: wholeNumber(1).default(1),
  samples: wholeNumber(2).default(128),
  smoothing: number({ from: 0, below: 1 }).default(0.5),
  learningRate: choice(['sqrt', 'linear', 'constant']).default('sqrt'),
}).refine(({ initial, max }) => initial <= max, {
  path: ['max'],
  error: 'expected at least `initial`: raise it',
})

/**
 * The memory with one more measurement: `|G|²` is the squared norm of the mean gradient less what
 * noise adds to it, `tr(Σ) / samples`.
 *
 * @example
 * ```ts
 * const memory = measuredNoise(await probe.gradientMoments(128), undefined, 0.5)
 * ```
 */
export function measuredNoise(
  moments: {
    readonly samples: number
    readonly mean: Float64Array
    readonly variance: Float64Array
  },
  memory: NoiseMemory | undefined,
  smoothing: number,
): NoiseMemory {
  const { samples, mean, variance } = moments
  const trace = variance.reduce((sum, value) => sum + value, 0)
  const square = mean.reduce((sum, value) => sum + value * value, 0) - trace / samples
  const keep = (before = 0, now: number): number => smoothing * before + (1 - smoothing) * now
  return { trace: keep(memory?.trace, trace), square: keep(memory?.square, square) }
}

/**
 * The noise scale `tr(Σ) / |G|²`, in samples; infinite where nothing but noise was found.
 *
 * @example
 * ```ts
 * noiseScale({ trace: 640, square: 10 }) // 64
 * ```
 */
export function noiseScale({ trace, square }: NoiseMemory): number {
  return square > 0 ? trace / square : Infinity
}
