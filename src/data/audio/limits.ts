// How large a sound file may be, since files are not trusted.

import type { z } from 'zod'

import { number, options, wholeNumber } from '../../config/index.ts'

/** What a file may at most be. */
export interface AudioLimits {
  /** Of the file. Default: 1 GiB. */
  readonly bytes?: number | undefined
  /** Decoded, of all channels together. Default: 268,435,456. */
  readonly samples?: number | undefined
  /** Of sound. Default: 21,600, six hours. */
  readonly seconds?: number | undefined
}

/** The schema of `limits`. */
export const limitsSchema: z.ZodType<Required<AudioLimits>, AudioLimits> = options({
  bytes: wholeNumber(1).default(1 << 30),
  samples: wholeNumber(1).default(1 << 28),
  seconds: number({ above: 0 }).default(21_600),
}) as never
