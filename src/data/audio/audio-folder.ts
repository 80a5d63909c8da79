// Sounds in a folder, one folder a class or the class in the name, as features of one shape.

import { z } from 'zod'

import { choice, flag, number, oneOf, options, show, wholeNumber } from '../../config/index.ts'
import type { DataDefinition } from '../define.ts'
import { labelPattern, testPattern } from '../labelled-files.ts'
import { normalise } from '../normalise.ts'
import type { Normalise } from '../normalise.ts'
import { onBadSample } from '../on-bad-sample.ts'
import type { OnBadSample } from '../on-bad-sample.ts'
import { validationFrom, validationSize } from '../split.ts'
import type { ValidationFrom, ValidationSize } from '../split.ts'
import { audioChangesSchema } from './changes.ts'
import type { AudioChangeConfig } from './changes.ts'
import { featuresSchema, logMel } from './features.ts'
import type { FeatureConfig } from './features.ts'
import { limitsSchema } from './limits.ts'
import type { AudioLimits } from './limits.ts'
import { loadSounds } from './load-sounds.ts'
import { trimSchema } from './trim.ts'
import type { TrimOptions } from './trim.ts'

/** Options of `audioFolder`. */
export interface AudioFolderOptions {
  /** The folder; WAV, FLAC and MP3 files are looked for at any depth. */
  readonly root: string
  /** In Hz; files of other rates are resampled. */
  readonly sampleRate: number
  /** Of every sound, in seconds: longer ones are cut, shorter ones followed by silence. */
  readonly duration: number
  /** What a sound becomes. Default: `logMel()`. */
  readonly features?: FeatureConfig | undefined
  /** `image`: `[time, features, 1]`; `sequence`: `[time, features]`. Default: `image`. */
  readonly layout?: 'image' | 'sequence' | undefined
  /** Leaves out silence around the sound; `true` for librosa's rule. Default: false. */
  readonly trim?: boolean | TrimOptions | undefined
  /**
   * A regular expression whose first group finds the class in a file's name, such as `^(\\d)_`.
   * Default: the class is the folder that holds the file.
   */
  readonly label?: string | undefined
  /** A regular expression: files whose path below `root` it matches are the test part. */
  readonly test?: string | undefined
  /** A fraction below 1, a number of the other files, or a fold as `{ fold, of }`. Default: 0.1. */
  readonly validation?: ValidationSize | undefined
  /** Default: `random`, drawn by the run's seed. */
  readonly validationFrom?: ValidationFrom | undefined
  /** Default: `standard`, by the training part. */
  readonly normalise?: Normalise | undefined
  /** What a file that cannot be used does: `skip` leaves it out and says so. Default: `error`. */
  readonly onBadSample?: OnBadSample | undefined
  /** What a file may at most be. */
  readonly limits?: AudioLimits | undefined
  /**
   * Random changes of the training sounds, a function of seed, epoch and sample; their features are
   * then computed anew for every epoch, on native threads. Default: none.
   */
  readonly augment?: readonly AudioChangeConfig[] | undefined
}

/** The config of `audioFolder`. */
export interface AudioFolderConfig extends AudioFolderOptions {
  readonly type: 'audioFolder'
}

/** The config with the defaults filled in. */
export type ResolvedAudioFolder = Whole<
  Omit<AudioFolderConfig, 'label' | 'test' | 'trim' | 'limits' | 'augment'>
> & {
  readonly label?: string | undefined
  readonly test?: string | undefined
  readonly trim: boolean | Required<TrimOptions>
  readonly limits: Required<AudioLimits>
  readonly augment: readonly AudioChangeConfig[]
}

type Whole<Config> = { readonly [Key in keyof Config]-?: Exclude<Config[Key], undefined> }

/**
 * Sounds and their classes out of a folder: `x` float32 features, `y` the class. Classes are sorted
 * by name. All files are decoded when the run begins, on every core.
 *
 * @throws `AttuneError`, when a run begins: `IO`, `CORRUPT` or `DATA` naming the first bad file.
 * @example
 * ```ts
 * audioFolder({
 *   root: 'recordings', sampleRate: 8000, duration: 1,
 *   label: '^(\\d)_', test: '_[0-4]\\.wav$',
 *   features: logMel({ mels: 40, fftSize: 256, hopSize: 80 }),
 * })
 * ```
 */
export function audioFolder(given: AudioFolderOptions): AudioFolderConfig {
  return { type: 'audioFolder', ...given }
}

/** How `audioFolder` is checked and loaded. */
export const audioFolderData: DataDefinition<AudioFolderConfig, ResolvedAudioFolder> = {
  type: 'audioFolder',
  schema: options({
    type: z.literal('audioFolder'),
    root: z.string({ error: ({ input }) => `expected the path of a folder, got ${show(input)}` }),
    sampleRate: wholeNumber(1).max(768_000, { error: 'expected at most 768000 Hz' }),
    duration: number({ above: 0, to: 21_600 }),
    features: featuresSchema.prefault(logMel()),
    layout: choice(['image', 'sequence']).default('image'),
    trim: oneOf('true, false, or { topDecibels, frameSize, hopSize }', [
      flag(),
      trimSchema,
    ]).default(false),
    label: labelPattern.optional(),
    test: testPattern.optional(),
    validation: validationSize.default(0.1),
    validationFrom: validationFrom.default('random'),
    normalise: normalise.default('standard'),
    onBadSample: onBadSample.default('error'),
    limits: limitsSchema.prefault({}),
    augment: audioChangesSchema.default([]),
  }) as never,
  load: loadSounds,
}
