// Random flips: each image is mirrored with a probability.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'

/** Options of `flip`. */
export interface FlipOptions {
  /** The probability of exchanging left and right, from 0 to 1. Default: 0.5. */
  readonly horizontal?: number | undefined
  /** The probability of exchanging top and bottom, from 0 to 1. Default: 0. */
  readonly vertical?: number | undefined
}

/** The config of `flip`. */
export interface FlipConfig extends FlipOptions {
  readonly type: 'flip'
}

/**
 * Mirrors images at random, as torchvision's `RandomHorizontalFlip` and `RandomVerticalFlip`.
 *
 * @example
 * ```ts
 * flip({ horizontal: 0.5 })
 * ```
 */
export function flip(given: FlipOptions = {}): FlipConfig {
  return { type: 'flip', ...given }
}

/** The schema of `flip`. */
export const flipSchema: z.ZodType<Required<FlipConfig>, FlipConfig> = options({
  type: z.literal('flip'),
  horizontal: number({ from: 0, to: 1 }).default(0.5),
  vertical: number({ from: 0, to: 1 }).default(0),
})
