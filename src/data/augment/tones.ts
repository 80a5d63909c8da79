// Random changes of tone: inverted, solarized, posterized, stretched, equalized, sharpened, blurred.

import { z } from 'zod'

import { number, oneOf, options, wholeNumber } from '../../config/index.ts'
import { chance, pair, ranged } from './ranges.ts'
import type { Chance, Pair } from './ranges.ts'

/** Options of `solarize`. */
export interface SolarizeOptions extends Chance {
  /** Values from this share of white on are inverted, 0 to 1. Default: 0.5. */
  readonly threshold?: number | undefined
}

/** Options of `posterize`. */
export interface PosterizeOptions extends Chance {
  /** How many bits of each value are kept, 0 to 8. Default: 4. */
  readonly bits?: number | undefined
}

/** Options of `sharpness`. */
export interface SharpnessOptions extends Chance {
  /** The least factor, 0 to 100: 0 is smooth, 1 the image. Default: 2. */
  readonly least?: number | undefined
  /** The largest factor; 2 is sharper. Default: 2. */
  readonly most?: number | undefined
}

/** Options of `gaussianBlur`. */
export interface GaussianBlurOptions extends Chance {
  /** How many pixels are summed, an odd number to 255. Default: 5. */
  readonly size?: number | undefined
  /** The deviation in pixels, above 0, or `[least, most]`. Default: `[0.1, 2]`. */
  readonly sigma?: number | Pair | undefined
}

/** The config of `invert`. */
export interface InvertConfig extends Chance {
  readonly type: 'invert'
}

/** The config of `solarize`. */
export interface SolarizeConfig extends SolarizeOptions {
  readonly type: 'solarize'
}

/** The config of `posterize`. */
export interface PosterizeConfig extends PosterizeOptions {
  readonly type: 'posterize'
}

/** The config of `autocontrast`. */
export interface AutocontrastConfig extends Chance {
  readonly type: 'autocontrast'
}

/** The config of `equalize`. */
export interface EqualizeConfig extends Chance {
  readonly type: 'equalize'
}

/** The config of `sharpness`. */
export interface SharpnessConfig extends SharpnessOptions {
  readonly type: 'sharpness'
}

/** The config of `gaussianBlur`. */
export interface GaussianBlurConfig extends GaussianBlurOptions {
  readonly type: 'gaussianBlur'
}

/**
 * Makes black white. Default of `probability`: 0.5, as in torchvision's `RandomInvert`.
 *
 * @example
 * ```ts
 * invert({ probability: 0.1 })
 * ```
 */
export function invert(given: Chance = {}): InvertConfig {
  return { type: 'invert', ...given }
}

/**
 * Inverts what is bright. Default of `probability`: 0.5, as in torchvision's `RandomSolarize`.
 *
 * @example
 * ```ts
 * solarize({ threshold: 0.75 })
 * ```
 */
export function solarize(given: SolarizeOptions = {}): SolarizeConfig {
  return { type: 'solarize', ...given }
}

/**
 * Leaves fewer levels of each channel. Default of `probability`: 0.5, as in torchvision's
 * `RandomPosterize`.
 *
 * @example
 * ```ts
 * posterize({ bits: 3 })
 * ```
 */
export function posterize(given: PosterizeOptions = {}): PosterizeConfig {
  return { type: 'posterize', ...given }
}

/**
 * Stretches each channel from black to white. Default of `probability`: 0.5, as in torchvision's
 * `RandomAutocontrast`.
 *
 * @example
 * ```ts
 * autocontrast()
 * ```
 */
export function autocontrast(given: Chance = {}): AutocontrastConfig {
  return { type: 'autocontrast', ...given }
}

/**
 * Makes all values of each channel about as frequent. Default of `probability`: 0.5, as in
 * torchvision's `RandomEqualize`.
 *
 * @example
 * ```ts
 * equalize()
 * ```
 */
export function equalize(given: Chance = {}): EqualizeConfig {
  return { type: 'equalize', ...given }
}

/**
 * Makes images smoother or sharper. Default of `probability`: 0.5, as in torchvision's
 * `RandomAdjustSharpness`.
 *
 * @example
 * ```ts
 * sharpness({ least: 0.5, most: 2 })
 * ```
 */
export function sharpness(given: SharpnessOptions = {}): SharpnessConfig {
  return { type: 'sharpness', ...given }
}

/**
 * Blurs images, as torchvision's `GaussianBlur`. Default of `probability`: 1.
 *
 * @example
 * ```ts
 * gaussianBlur({ size: 3, sigma: [0.1, 1] })
 * ```
 */
export function gaussianBlur(given: GaussianBlurOptions = {}): GaussianBlurConfig {
  return { type: 'gaussianBlur', ...given }
}

const deviation = { above: 0, to: 100 }

/** The schemas of these changes. */
export const toneSchemas: Readonly<
  Record<
    | 'invert'
    | 'solarize'
    | 'posterize'
    | 'autocontrast'
    | 'equalize'
    | 'sharpness'
    | 'gaussianBlur',
    z.ZodType
  >
> = {
  invert: options({ type: z.literal('invert'), probability: chance(0.5) }),
  solarize: options({
    type: z.literal('solarize'),
    threshold: number({ from: 0, to: 1 }).default(0.5),
    probability: chance(0.5),
  }),
  posterize: options({
    type: z.literal('posterize'),
    bits: wholeNumber(0).max(8, { error: 'expected at most 8 bits' }).default(4),
    probability: chance(0.5),
  }),
  autocontrast: options({ type: z.literal('autocontrast'), probability: chance(0.5) }),
  equalize: options({ type: z.literal('equalize'), probability: chance(0.5) }),
  sharpness: ranged('sharpness', { from: 0, to: 100 }, [2, 2], 0.5),
  gaussianBlur: options({
    type: z.literal('gaussianBlur'),
    size: wholeNumber(1)
      .max(255, { error: 'expected at most 255 pixels' })
      .refine((size) => size % 2 === 1, { error: 'expected an odd number of pixels' })
      .default(5),
    sigma: oneOf('a number above 0, or [least, most]', [number(deviation), pair(deviation)])
      .transform((given): Pair => (typeof given === 'number' ? [given, given] : given))
      .default([0.1, 2]),
    probability: chance(1),
  }),
}
