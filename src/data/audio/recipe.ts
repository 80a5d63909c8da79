// From a sound file to a row of `x`, as the native side reads it.

import type { ResolvedAudioFolder } from './audio-folder.ts'
import { withDefaults } from './features.ts'
import type { FeatureConfig } from './features.ts'
import type { AudioLimits } from './limits.ts'
import { trimSchema } from './trim.ts'
import type { TrimOptions } from './trim.ts'

/** What is done with every file, with every value given. */
export interface AudioRecipe {
  readonly sampleRate: number
  /** The length of every sound in samples. */
  readonly samples: number
  readonly trim: Required<TrimOptions> | null
  readonly features: FeatureConfig
  readonly layout: 'image' | 'sequence'
  readonly limits: Required<AudioLimits>
}

/**
 * The recipe of a folder.
 *
 * @example
 * ```ts
 * recipeOf({ ...config, sampleRate: 8000, duration: 1 }).samples // 8000
 * ```
 */
export function recipeOf(config: ResolvedAudioFolder): AudioRecipe {
  const { sampleRate, duration, layout, limits, features, trim } = config
  const rule = trim === true ? trimSchema.parse({}) : trim
  return {
    sampleRate,
    samples: Math.max(1, Math.round(duration * sampleRate)),
    trim: rule === false ? null : rule,
    features: withDefaults(features),
    layout,
    limits,
  }
}
