// The batch schedule `growingBatch`: `initial × factor ^ ⌊epoch / every⌋`, at most `max`.
// Smith, Kindermans, Ying and Le 2017, arXiv:1711.00489.

import { z } from 'zod'

import { number, options, wholeNumber } from '../config/index.ts'

/** Options of `growingBatch`. */
export interface GrowingBatchOptions {
  /** The samples of a step in the first epochs, at least 1. */
  readonly initial: number
  /** What the size is multiplied by, at least 1.01; the result is rounded down. Default: 2. */
  readonly factor?: number | undefined
  /** The epochs of a size, at least 1. Default: 1. */
  readonly every?: number | undefined
  /** The largest size, at least `initial`. Default: all samples. */
  readonly max?: number | undefined
}

/** A batch that grows by a factor. */
export interface GrowingBatchConfig extends GrowingBatchOptions {
  readonly type: 'growingBatch'
}

/**
 * A batch that grows by a factor every few epochs, as the noise of the gradient may fall late in
 * training: the other way to what a falling learning rate does.
 *
 * @example
 * ```ts
 * const batchSize = growingBatch({ initial: 32, factor: 2, every: 5, max: 512 })
 * ```
 */
export function growingBatch(options: GrowingBatchOptions): GrowingBatchConfig {
  return { type: 'growingBatch', ...options }
}

/** The schema of `growingBatch`. */
export const growingBatchSchema: z.ZodType<GrowingBatchConfig, GrowingBatchConfig> = options({
  type: z.literal('growingBatch'),
  initial: wholeNumber(1),
  factor: number({ from: 1.01 }).default(2),
  every: wholeNumber(1).default(1),
  max: wholeNumber(1).optional(),
}).refine(({ initial, max = Infinity }) => initial <= max, {
  path: ['max'],
  error: 'expected at least `initial`: raise it or leave it out',
})

/**
 * The size in an epoch counted from 0.
 *
 * @example
 * ```ts
 * grownBatch(growingBatch({ initial: 32 }), 2) // 128
 * ```
 */
export function grownBatch(config: GrowingBatchConfig, epoch: number): number {
  const { initial, factor = 2, every = 1, max = Number.MAX_SAFE_INTEGER } = config
  return Math.min(max, Math.floor(initial * factor ** Math.floor(epoch / every)))
}
