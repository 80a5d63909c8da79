// How large a file of text may be, since files are not trusted.

import type { z } from 'zod'

import { options, wholeNumber } from '../../config/index.ts'

/** What a file may at most be. */
export interface TextLimits {
  /** Of the file, unpacked where it is gzipped. Default: 1 GiB. */
  readonly bytes?: number | undefined
}

/** The schema of `limits`. */
export const textLimits: z.ZodType<Required<TextLimits>, TextLimits> = options({
  bytes: wholeNumber(1).default(1 << 30),
}) as never
