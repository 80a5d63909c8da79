// Random changes of place: quarters, affine, perspective and elastic maps, and parts.

import { z } from 'zod'

import { list, number, oneOf, options, wholeNumber } from '../../config/index.ts'
import { chance, eitherWay, pair, places } from './ranges.ts'
import type { Chance, Pair, Places } from './ranges.ts'

/** Options of `rotateQuarters`. */
export interface RotateQuartersOptions {
  /** Numbers of quarters, each as likely; odd ones need square images. Default: `[0, 1, 2, 3]`. */
  readonly turns?: readonly number[] | undefined
}

/** Options of `affine`. */
export interface AffineOptions extends Places {
  /** Turns clockwise: the largest angle either way, or `[least, most]`, -180 to 180. Default: 0. */
  readonly degrees?: number | Pair | undefined
  /** How far an image is moved either way, as shares of width and height. Default: `[0, 0]`. */
  readonly translate?: readonly [across: number, down: number] | undefined
  /** The least and the largest scale, above 0. Default: `[1, 1]`. */
  readonly scale?: Pair | undefined
  /**
   * How far rows are sheared, in degrees either way or `[least, most]`, below 90; or rows and
   * columns, `[least, most, least, most]`. Default: 0.
   */
  readonly shear?: number | Pair | readonly [number, number, number, number] | undefined
}

/** Options of `perspective`. */
export interface PerspectiveOptions extends Chance, Places {
  /** How far a corner moves inwards at most, as a share of half a side, 0 to 1. Default: 0.5. */
  readonly distortion?: number | undefined
}

/** Options of `elastic`. */
export interface ElasticOptions extends Chance, Places {
  /** The strength of the field in half pixels, before it is blurred. Default: 50. */
  readonly alpha?: number | undefined
  /** The deviation of the blur in pixels, 0 to 100. Default: 5. */
  readonly sigma?: number | undefined
}

/** Options of `resizedCrop`. */
export interface ResizedCropOptions {
  /** The least and the largest share of the area. Default: `[0.08, 1]`. */
  readonly scale?: Pair | undefined
  /** The least and the largest width by height. Default: `[3 / 4, 4 / 3]`. */
  readonly ratio?: Pair | undefined
}

/** The config of `rotateQuarters`. */
export interface RotateQuartersConfig extends RotateQuartersOptions {
  readonly type: 'rotateQuarters'
}

/** The config of `affine`. */
export interface AffineConfig extends AffineOptions {
  readonly type: 'affine'
}

/** The config of `perspective`. */
export interface PerspectiveConfig extends PerspectiveOptions {
  readonly type: 'perspective'
}

/** The config of `elastic`. */
export interface ElasticConfig extends ElasticOptions {
  readonly type: 'elastic'
}

/** The config of `resizedCrop`. */
export interface ResizedCropConfig extends ResizedCropOptions {
  readonly type: 'resizedCrop'
}

/**
 * Turns images by quarters, counter-clockwise, without rounding.
 *
 * @example
 * ```ts
 * rotateQuarters({ turns: [0, 2] })
 * ```
 */
export function rotateQuarters(given: RotateQuartersOptions = {}): RotateQuartersConfig {
  return { type: 'rotateQuarters', ...given }
}

/**
 * Turns, moves, scales and shears images about their centre, as torchvision's `RandomAffine`.
 * Default of `interpolation`: `nearest`.
 *
 * @example
 * ```ts
 * affine({ degrees: 15, translate: [0.1, 0.1], scale: [0.9, 1.1], shear: 5 })
 * ```
 */
export function affine(given: AffineOptions = {}): AffineConfig {
  return { type: 'affine', ...given }
}

/**
 * Shows images in perspective, as torchvision's `RandomPerspective`. Default of `probability`: 0.5,
 * of `interpolation`: `bilinear`.
 *
 * @example
 * ```ts
 * perspective({ distortion: 0.3 })
 * ```
 */
export function perspective(given: PerspectiveOptions = {}): PerspectiveConfig {
  return { type: 'perspective', ...given }
}

/**
 * Moves every pixel by a smooth random field, as torchvision's `ElasticTransform`. Default of
 * `probability`: 1, of `interpolation`: `bilinear`.
 *
 * @example
 * ```ts
 * elastic({ alpha: 34, sigma: 4 }) // MNIST, as in Simard et al. 2003
 * ```
 */
export function elastic(given: ElasticOptions = {}): ElasticConfig {
  return { type: 'elastic', ...given }
}

/**
 * A random part of each image, brought to the image's size, as torchvision's `RandomResizedCrop`.
 * Out of files, `randomCrop` of `imageFolder` takes it from images of any size.
 *
 * @example
 * ```ts
 * resizedCrop({ scale: [0.5, 1] })
 * ```
 */
export function resizedCrop(given: ResizedCropOptions = {}): ResizedCropConfig {
  return { type: 'resizedCrop', ...given }
}

const still: Pair = [0, 0]
const angles = eitherWay(89)
const angle = number({ from: -89, to: 89 })
const shear = oneOf('a number, [least, most] or [least, most, least, most] of degrees', [
  angles,
  z.tuple([angle, angle, angle, angle]),
])

/** The schemas of these changes. */
export const placeSchemas: Readonly<
  Record<'rotateQuarters' | 'affine' | 'perspective' | 'elastic' | 'resizedCrop', z.ZodType>
> = {
  rotateQuarters: options({
    type: z.literal('rotateQuarters'),
    turns: list('numbers of quarters', wholeNumber(0).max(3)).min(1).default([0, 1, 2, 3]),
  }),
  affine: options({
    type: z.literal('affine'),
    degrees: eitherWay(180).default(still),
    translate: z.tuple([number({ from: 0, to: 1 }), number({ from: 0, to: 1 })]).default([0, 0]),
    scale: pair({ above: 0, to: 100 }).default([1, 1]),
    shear: shear.default(still),
    ...places('nearest'),
  }),
  perspective: options({
    type: z.literal('perspective'),
    distortion: number({ from: 0, to: 1 }).default(0.5),
    probability: chance(0.5),
    ...places('bilinear'),
  }),
  elastic: options({
    type: z.literal('elastic'),
    alpha: number({ from: 0, to: 10_000 }).default(50),
    sigma: number({ from: 0, to: 100 }).default(5),
    probability: chance(1),
    ...places('bilinear'),
  }),
  resizedCrop: options({
    type: z.literal('resizedCrop'),
    scale: pair({ above: 0, to: 1 }).default([0.08, 1]),
    ratio: pair({ above: 0, to: 1000 }).default([3 / 4, 4 / 3]),
  }),
}
