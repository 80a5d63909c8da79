// Salt-and-pepper noise: a share of the pixels becomes white or black.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'

/** Options of `saltAndPepper`. */
export interface SaltAndPepperOptions {
  /** The share of pixels that are changed, half of them to each value, from 0 to 1. Default: 0.05. */
  readonly share?: number | undefined
  /** The dark value, in all channels. Default: 0. */
  readonly pepper?: number | undefined
  /** The bright value. Default: 255 where pixels are stored as `uint8`, else 1. */
  readonly salt?: number | undefined
}

/** The config of `saltAndPepper`. */
export interface SaltAndPepperConfig extends SaltAndPepperOptions {
  readonly type: 'saltAndPepper'
}

/**
 * Sets random pixels to black or white, as scikit-image's `random_noise` in its mode `s&p`.
 *
 * @example
 * ```ts
 * saltAndPepper({ share: 0.02 })
 * ```
 */
export function saltAndPepper(given: SaltAndPepperOptions = {}): SaltAndPepperConfig {
  return { type: 'saltAndPepper', ...given }
}

/** The schema of `saltAndPepper`. */
export const saltAndPepperSchema: z.ZodType<SaltAndPepperConfig, SaltAndPepperConfig> = options({
  type: z.literal('saltAndPepper'),
  share: number({ from: 0, to: 1 }).default(0.05),
  pepper: number().default(0),
  salt: number().optional(),
})
