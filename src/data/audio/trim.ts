// How silence around a sound is told from the sound.

import type { z } from 'zod'

import { number, options, wholeNumber } from '../../config/index.ts'

/** Options of `trimSilence`. The defaults are those of `librosa.effects.trim`. */
export interface TrimOptions {
  /** How far below the loudest frame silence begins. Default: 60. */
  readonly topDecibels?: number | undefined
  /** Samples of the frames that are compared. Default: 2048. */
  readonly frameSize?: number | undefined
  /** Samples from one frame to the next. Default: 512. */
  readonly hopSize?: number | undefined
}

/** The schema of `trim`. */
export const trimSchema: z.ZodType<Required<TrimOptions>, TrimOptions> = options({
  topDecibels: number({ above: 0 }).default(60),
  frameSize: wholeNumber(1).default(2048),
  hopSize: wholeNumber(1).default(512),
}) as never
