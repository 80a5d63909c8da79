// Averages of the weights, kept beside them: EMA `a ← d a + (1 - d) w` and SWA, the mean over epochs.
// Polyak and Juditsky 1992; Izmailov et al. 2018, arXiv:1803.05407.

import { z } from 'zod'

import { flag, number, options, union, wholeNumber } from '../config/index.ts'

/** Options of `ema`. */
export interface EmaOptions {
  /** The share d of the average that stays at each step, at least 0 and below 1. Default: 0.999. */
  readonly decay?: number | undefined
  /** Whether d is at most `(1 + t) / (10 + t)` after `t` steps. Default: false. */
  readonly warmup?: boolean | undefined
}

/** An exponential moving average of the weights. */
export interface EmaConfig extends EmaOptions {
  readonly type: 'ema'
}

/** Options of `swa`. */
export interface SwaOptions {
  /** The epochs before the first that is averaged. Default: 0. */
  readonly start?: number | undefined
}

/** The mean of the weights at the ends of epochs. */
export interface SwaConfig extends SwaOptions {
  readonly type: 'swa'
}

/** An average of the weights. */
export type Average = EmaConfig | SwaConfig

/**
 * An exponential moving average, updated after every step; it begins as the weights after the first,
 * like PyTorch's `AveragedModel`. Running statistics are those of the trained weights.
 *
 * @example
 * ```ts
 * adamW({ average: ema({ decay: 0.999, warmup: true }) })
 * ```
 */
export function ema(options: EmaOptions = {}): EmaConfig {
  return { type: 'ema', ...options }
}

/**
 * The mean of the weights at the end of each epoch from `start` on. Until then the trained weights
 * are evaluated. Running statistics are those of the trained weights.
 *
 * @example
 * ```ts
 * sgd({ learningRate: 0.05, momentum: 0.9, average: swa({ start: 8 }) })
 * ```
 */
export function swa(options: SwaOptions = {}): SwaConfig {
  return { type: 'swa', ...options }
}

/** The schema of an average. */
export const averageSchema: z.ZodType<Average, Average> = union('average', {
  ema: options({
    type: z.literal('ema'),
    decay: number({ from: 0, below: 1 }).default(0.999),
    warmup: flag().default(false),
  }),
  swa: options({ type: z.literal('swa'), start: wholeNumber(0).default(0) }),
})
