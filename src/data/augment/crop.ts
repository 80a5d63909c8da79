// Random crops: each image is shifted as if cut out of one with a border.

import { z } from 'zod'

import { number, options, wholeNumber } from '../../config/index.ts'

/** Options of `crop`. */
export interface CropOptions {
  /** Pixels on every side, at least 0; the part is as large as the image was. */
  readonly padding: number
  /** What they are, in the scale that pixels are stored in. Default: 0. */
  readonly fill?: number | undefined
}

/** The config of `crop`. */
export interface CropConfig extends CropOptions {
  readonly type: 'crop'
}

/**
 * Cuts a random part of the image's size out of the padded image, as torchvision's `RandomCrop`
 * with `padding`.
 *
 * @example
 * ```ts
 * crop({ padding: 4 })
 * ```
 */
export function crop(given: CropOptions): CropConfig {
  return { type: 'crop', ...given }
}

/** The schema of `crop`. */
export const cropSchema: z.ZodType<CropConfig, CropConfig> = options({
  type: z.literal('crop'),
  padding: wholeNumber(0).max(65_536, { error: 'expected a padding of at most 65536 pixels' }),
  fill: number().default(0),
})
