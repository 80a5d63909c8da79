// One image file by hand: its pixels as they are.

import { z } from 'zod'

import { flag, oneOf, options, parse } from '../../config/index.ts'
import { guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import { imageLimitsSchema } from './limits.ts'
import type { ImageLimits } from './limits.ts'

/** Options of `readImage`. */
export interface ReadImageOptions {
  /** 1: grey, 3: red, green and blue, 4: and how opaque. Default: 3. */
  readonly channels?: 1 | 3 | 4 | undefined
  /** Whether a photograph is turned upright as its EXIF data say. Default: true. */
  readonly orient?: boolean | undefined
  /** What the file may at most be. */
  readonly limits?: ImageLimits | undefined
}

/** Pixels of an image. */
export interface Image {
  /** Row by row, the channels of a pixel beside one another, 0 to 255. */
  readonly values: Uint8Array
  /** `[height, width, channels]`. */
  readonly shape: readonly number[]
}

/** The schema of the channels of an image. */
export const channelsSchema: z.ZodType<1 | 3 | 4, 1 | 3 | 4> = oneOf('1, 3 or 4', [
  z.literal(1),
  z.literal(3),
  z.literal(4),
])

const schema = options({
  channels: channelsSchema.default(3),
  orient: flag().default(true),
  limits: imageLimitsSchema.prefault({}),
})

/**
 * Decodes a PNG, JPEG, WebP, BMP or GIF file (its first picture), away from Node's thread.
 *
 * @throws `AttuneError` `IO`, `CORRUPT` or `DATA` naming the file.
 * @example
 * ```ts
 * const { values, shape } = await readImage('cat.jpg') // shape: [480, 640, 3]
 * ```
 */
export async function readImage(path: string, given: ReadImageOptions = {}): Promise<Image> {
  const { channels, orient, limits } = parse(schema, given, 'readImage')
  return guarded(native().readImage(path, channels, orient, JSON.stringify(limits)))
}
