// Random changes of colour: brightness, contrast, saturation, hue, all four, and grey.

import { z } from 'zod'

import { number, oneOf, options } from '../../config/index.ts'
import { chance, pair, ranged } from './ranges.ts'
import type { Chance, Pair } from './ranges.ts'

/** Options of `brightness`, `contrast` and `saturation`. */
export interface FactorOptions extends Chance {
  /** The least factor, 0 to 100: 0 is black, or grey. Default: 0.5. */
  readonly least?: number | undefined
  /** The largest factor; 1 is the image. Default: 1.5. */
  readonly most?: number | undefined
}

/** Options of `hue`. */
export interface HueOptions extends Chance {
  /** The least turn as a share of the circle of colours, -0.5 to 0.5. Default: -0.1. */
  readonly least?: number | undefined
  /** The largest turn. Default: 0.1. */
  readonly most?: number | undefined
}

/** Options of `colorJitter`. */
export interface ColorJitterOptions extends Chance {
  /** How far the factor is from 1 at most, or `[least, most]`. Default: 0. */
  readonly brightness?: number | Pair | undefined
  /** How far the factor is from 1 at most, or `[least, most]`. Default: 0. */
  readonly contrast?: number | Pair | undefined
  /** How far the factor is from 1 at most, or `[least, most]`. Default: 0. */
  readonly saturation?: number | Pair | undefined
  /** The largest turn either way, to 0.5, or `[least, most]`. Default: 0. */
  readonly hue?: number | Pair | undefined
}

/** The config of `brightness`. */
export interface BrightnessConfig extends FactorOptions {
  readonly type: 'brightness'
}

/** The config of `contrast`. */
export interface ContrastConfig extends FactorOptions {
  readonly type: 'contrast'
}

/** The config of `saturation`. */
export interface SaturationConfig extends FactorOptions {
  readonly type: 'saturation'
}

/** The config of `hue`. */
export interface HueConfig extends HueOptions {
  readonly type: 'hue'
}

/** The config of `colorJitter`. */
export interface ColorJitterConfig extends ColorJitterOptions {
  readonly type: 'colorJitter'
}

/** The config of `randomGrayscale`. */
export interface RandomGrayscaleConfig extends Chance {
  readonly type: 'randomGrayscale'
}

/**
 * Makes images darker or brighter. Default of `probability`: 1.
 *
 * @example
 * ```ts
 * brightness({ least: 0.8, most: 1.2 })
 * ```
 */
export function brightness(given: FactorOptions = {}): BrightnessConfig {
  return { type: 'brightness', ...given }
}

/**
 * Brings images nearer to the mean of their grey, or farther from it. Default of `probability`: 1.
 *
 * @example
 * ```ts
 * contrast({ least: 0.8, most: 1.2 })
 * ```
 */
export function contrast(given: FactorOptions = {}): ContrastConfig {
  return { type: 'contrast', ...given }
}

/**
 * Brings colours nearer to grey, or farther from it. Default of `probability`: 1.
 *
 * @example
 * ```ts
 * saturation({ least: 0, most: 2 })
 * ```
 */
export function saturation(given: FactorOptions = {}): SaturationConfig {
  return { type: 'saturation', ...given }
}

/**
 * Turns the hue. Default of `probability`: 1.
 *
 * @example
 * ```ts
 * hue({ least: -0.05, most: 0.05 })
 * ```
 */
export function hue(given: HueOptions = {}): HueConfig {
  return { type: 'hue', ...given }
}

/**
 * Brightness, contrast, saturation and hue in an order of each image's own, as torchvision's
 * `ColorJitter`. Default of `probability`: 1.
 *
 * @example
 * ```ts
 * colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 })
 * ```
 */
export function colorJitter(given: ColorJitterOptions = {}): ColorJitterConfig {
  return { type: 'colorJitter', ...given }
}

/**
 * Makes images grey, in all channels, as torchvision's `RandomGrayscale`. Default of `probability`: 0.1.
 *
 * @example
 * ```ts
 * randomGrayscale({ probability: 0.2 })
 * ```
 */
export function randomGrayscale(given: Chance = {}): RandomGrayscaleConfig {
  return { type: 'randomGrayscale', ...given }
}

const factor = { from: 0, to: 100 }
const turn = { from: -0.5, to: 0.5 }
const around = oneOf('a number, or [least, most]', [number(factor), pair(factor)])
  .transform((given): Pair =>
    typeof given === 'number' ? [Math.max(0, 1 - given), 1 + given] : given,
  )
  .default([1, 1])
const turns = oneOf('a number to 0.5, or [least, most]', [number({ from: 0, to: 0.5 }), pair(turn)])
  .transform((given): Pair => (typeof given === 'number' ? [-given, given] : given))
  .default([0, 0])

/** The schemas of these changes. */
export const colourSchemas: Readonly<
  Record<
    'brightness' | 'contrast' | 'saturation' | 'hue' | 'colorJitter' | 'randomGrayscale',
    z.ZodType
  >
> = {
  brightness: ranged('brightness', factor, [0.5, 1.5]),
  contrast: ranged('contrast', factor, [0.5, 1.5]),
  saturation: ranged('saturation', factor, [0.5, 1.5]),
  hue: ranged('hue', turn, [-0.1, 0.1]),
  colorJitter: options({
    type: z.literal('colorJitter'),
    brightness: around,
    contrast: around,
    saturation: around,
    hue: turns,
    probability: chance(1),
  }),
  randomGrayscale: options({ type: z.literal('randomGrayscale'), probability: chance(0.1) }),
}
