// How large an image file may be, since files are not trusted.

import type { z } from 'zod'

import { options, wholeNumber } from '../../config/index.ts'

/** What a file may at most be. */
export interface ImageLimits {
  /** Of the file. Default: 256 MiB. */
  readonly bytes?: number | undefined
  /** Width by height. Default: 89,478,485, as in Pillow. */
  readonly pixels?: number | undefined
  /** Bytes of the decoded image for each byte of the file, above 4 MiB of image. Default: 2048. */
  readonly ratio?: number | undefined
}

/** The schema of `limits`. */
export const imageLimitsSchema: z.ZodType<Required<ImageLimits>, ImageLimits> = options({
  bytes: wholeNumber(1).default(1 << 28),
  pixels: wholeNumber(1).default(89_478_485),
  ratio: wholeNumber(1).default(2048),
}) as never
