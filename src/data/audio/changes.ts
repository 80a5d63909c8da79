// Random changes of training sounds: of their samples, and of their features.

import { z } from 'zod'

import { number, options, show, union, wholeNumber } from '../../config/index.ts'

/** How often a change is made. */
interface Chance {
  /** The share of sounds that are changed, 0 to 1. Default: 1. */
  readonly probability?: number | undefined
}

/** Options of `timeShift`. */
export interface TimeShiftOptions extends Chance {
  /** The farthest in seconds, either way; above 0. */
  readonly most: number
}

/** Options of `speedChange`. */
export interface SpeedChangeOptions extends Chance {
  /** The slowest, 0.1 to 10. Default: 0.9. */
  readonly least?: number | undefined
  /** The fastest, 0.1 to 10. Default: 1.1. */
  readonly most?: number | undefined
}

/** Options of `addNoise`. */
export interface AddNoiseOptions extends Chance {
  /** The lowest ratio of signal to noise, in decibels. Default: 10. */
  readonly least?: number | undefined
  /** The highest, in decibels. Default: 30. */
  readonly most?: number | undefined
}

/** Options of `gain`. */
export interface GainOptions extends Chance {
  /** The least, in decibels. Default: -6. */
  readonly least?: number | undefined
  /** The most, in decibels. Default: 6. */
  readonly most?: number | undefined
}

/** Options of `specAugment`. */
export interface SpecAugmentOptions {
  /** Stretches of time that are covered, 0 to 100. Default: 2. */
  readonly timeMasks?: number | undefined
  /** The longest stretch in frames. Default: 100. */
  readonly timeSize?: number | undefined
  /** Bands of frequency that are covered, 0 to 100. Default: 2. */
  readonly frequencyMasks?: number | undefined
  /** The widest band in features. Default: 27. */
  readonly frequencySize?: number | undefined
}

/** The config of `timeShift`. */
export interface TimeShiftConfig extends TimeShiftOptions {
  readonly type: 'timeShift'
}

/** The config of `speedChange`. */
export interface SpeedChangeConfig extends SpeedChangeOptions {
  readonly type: 'speedChange'
}

/** The config of `addNoise`. */
export interface AddNoiseConfig extends AddNoiseOptions {
  readonly type: 'addNoise'
}

/** The config of `gain`. */
export interface GainConfig extends GainOptions {
  readonly type: 'gain'
}

/** The config of `specAugment`. */
export interface SpecAugmentConfig extends SpecAugmentOptions {
  readonly type: 'specAugment'
}

/** Every change of sounds by its type. */
export interface AudioChangeConfigs {
  gain: GainConfig
  addNoise: AddNoiseConfig
  timeShift: TimeShiftConfig
  specAugment: SpecAugmentConfig
  speedChange: SpeedChangeConfig
}

/** The config of any change of sounds. */
export type AudioChangeConfig = AudioChangeConfigs[keyof AudioChangeConfigs]

/**
 * Moves a sound in time; silence comes in.
 *
 * @example
 * ```ts
 * timeShift({ most: 0.1 })
 * ```
 */
export function timeShift(given: TimeShiftOptions): TimeShiftConfig {
  return { type: 'timeShift', ...given }
}

/**
 * Plays a sound faster or slower, in steps of a hundredth, so that pitch and length follow, as
 * torchaudio's `speedChange`. What is too long for the duration is cut.
 *
 * @example
 * ```ts
 * speedChange({ least: 0.8, most: 1.25, probability: 0.5 })
 * ```
 */
export function speedChange(given: SpeedChangeOptions = {}): SpeedChangeConfig {
  return { type: 'speedChange', ...given }
}

/**
 * Adds white noise at a ratio of signal to noise, as torchaudio's `add_noise`.
 *
 * @example
 * ```ts
 * addNoise({ least: 5, most: 20 })
 * ```
 */
export function addNoise(given: AddNoiseOptions = {}): AddNoiseConfig {
  return { type: 'addNoise', ...given }
}

/**
 * Makes a sound louder or quieter.
 *
 * @example
 * ```ts
 * gain({ least: -12, most: 0 })
 * ```
 */
export function gain(given: GainOptions = {}): GainConfig {
  return { type: 'gain', ...given }
}

/**
 * Covers stretches of time and bands of frequency with the mean of the features, which is the zero
 * of features at standard scale. Park et al. 2019, arXiv:1904.08779; the defaults are its policy LD
 * without time warping.
 *
 * @example
 * ```ts
 * specAugment({ timeSize: 10, frequencySize: 8 })
 * ```
 */
export function specAugment(given: SpecAugmentOptions = {}): SpecAugmentConfig {
  return { type: 'specAugment', ...given }
}

const probability = number({ from: 0, to: 1 }).default(1)
const masks = wholeNumber(0).max(100, { error: 'expected at most 100 masks' }).default(2)
const size = (standard: number): z.ZodType<number, number> =>
  wholeNumber(0)
    .max(1 << 20, { error: 'expected a mask of at most 1048576' })
    .default(standard) as never
const range = (type: string, from: number, to: number, least: number, most: number): z.ZodType =>
  options({
    type: z.literal(type),
    least: number({ from, to }).default(least),
    most: number({ from, to }).default(most),
    probability,
  }).refine((value) => value.least <= value.most, {
    error: ({ input }) => `expected least <= most, got ${show(input)}`,
  })

/** The schema of the changes of sounds, in the order in which they are made. */
export const audioChangesSchema: z.ZodType<
  readonly AudioChangeConfig[],
  readonly AudioChangeConfig[]
> = z.array(
  union<AudioChangeConfig>('change', {
    gain: range('gain', -120, 120, -6, 6),
    addNoise: range('addNoise', -120, 120, 10, 30),
    timeShift: options({
      type: z.literal('timeShift'),
      most: number({ above: 0, to: 3600 }),
      probability,
    }),
    specAugment: options({
      type: z.literal('specAugment'),
      timeMasks: masks,
      timeSize: size(100),
      frequencyMasks: masks,
      frequencySize: size(27),
    }),
    speedChange: range('speedChange', 0.1, 10, 0.9, 1.1),
  }),
  { error: ({ input }) => `expected an array of changes of sounds, got ${show(input)}` },
)
