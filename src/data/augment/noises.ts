// Random noise of pixels, and parts that are covered.

import { z } from 'zod'

import { flag, number, oneOf, options } from '../../config/index.ts'
import { chance, pair } from './ranges.ts'
import type { Chance, Pair } from './ranges.ts'

/** Options of `pixelNoise`. */
export interface PixelNoiseOptions extends Chance {
  /** The mean as a share of white. Default: 0. */
  readonly mean?: number | undefined
  /** The standard deviation as a share of white, at least 0. Default: 0.1. */
  readonly sigma?: number | undefined
  /** Whether values stay between black and white. Default: true. */
  readonly clip?: boolean | undefined
}

/** Options of `erase`. */
export interface EraseOptions extends Chance {
  /** The least and the largest share of the area. Default: `[0.02, 0.33]`. */
  readonly scale?: Pair | undefined
  /** The least and the largest height by width. Default: `[0.3, 3.3]`. */
  readonly ratio?: Pair | undefined
  /** What the part is filled with, in the scale that pixels are stored in, or noise. Default: 0. */
  readonly value?: number | 'random' | undefined
}

/** The config of `pixelNoise`. */
export interface PixelNoiseConfig extends PixelNoiseOptions {
  readonly type: 'pixelNoise'
}

/** The config of `erase`. */
export interface EraseConfig extends EraseOptions {
  readonly type: 'erase'
}

/**
 * Adds Gaussian noise to stored pixels, as torchvision's `GaussianNoise`; the layer `gaussianNoise`
 * adds it within a model. Default of `probability`: 1.
 *
 * @example
 * ```ts
 * pixelNoise({ sigma: 0.05 })
 * ```
 */
export function pixelNoise(given: PixelNoiseOptions = {}): PixelNoiseConfig {
  return { type: 'pixelNoise', ...given }
}

/**
 * Covers a random part, as torchvision's `RandomErasing`. Default of `probability`: 0.5. Zhong et al.
 * 2020, arXiv:1708.04896.
 *
 * @example
 * ```ts
 * erase({ probability: 0.25 })
 * ```
 */
export function erase(given: EraseOptions = {}): EraseConfig {
  return { type: 'erase', ...given }
}

/** The schemas of these changes. */
export const noiseSchemas: Readonly<Record<'pixelNoise' | 'erase', z.ZodType>> = {
  pixelNoise: options({
    type: z.literal('pixelNoise'),
    mean: number().default(0),
    sigma: number({ from: 0 }).default(0.1),
    clip: flag().default(true),
    probability: chance(1),
  }),
  erase: options({
    type: z.literal('erase'),
    scale: pair({ above: 0, to: 1 }).default([0.02, 0.33]),
    ratio: pair({ above: 0, to: 1000 }).default([0.3, 3.3]),
    value: oneOf('a number, or "random"', [number(), z.literal('random')]).default(0),
    probability: chance(0.5),
  }),
}
