// Policies: RandAugment, TrivialAugment and AugMix.

import { z } from 'zod'

import { flag, number, options, show, wholeNumber } from '../../config/index.ts'
import { places } from './ranges.ts'
import type { Places } from './ranges.ts'

/** Options of `randAugment`. */
export interface RandAugmentOptions extends Places {
  /** How many operations are made, 1 to 20. Default: 2. */
  readonly operations?: number | undefined
  /** The strength of all, from 0 to below `bins`. Default: 9. */
  readonly magnitude?: number | undefined
  /** How many strengths there are. Default: 31. */
  readonly bins?: number | undefined
}

/** Options of `trivialAugment`. */
export interface TrivialAugmentOptions extends Places {
  /** How many strengths there are. Default: 31. */
  readonly bins?: number | undefined
}

/** Options of `augMix`. */
export interface AugMixOptions extends Places {
  /** The largest strength, 1 to 10. Default: 3. */
  readonly severity?: number | undefined
  /** How many chains are blended, 1 to 16. Default: 3. */
  readonly width?: number | undefined
  /** Operations of a chain; 0 draws 1 to 3. Default: 0. */
  readonly depth?: number | undefined
  /** The shape of the distributions of shares, above 0. Default: 1. */
  readonly alpha?: number | undefined
  /** Whether brightness, colour, contrast and sharpness belong to it. Default: true. */
  readonly allOperations?: boolean | undefined
}

/** The config of `randAugment`. */
export interface RandAugmentConfig extends RandAugmentOptions {
  readonly type: 'randAugment'
}

/** The config of `trivialAugment`. */
export interface TrivialAugmentConfig extends TrivialAugmentOptions {
  readonly type: 'trivialAugment'
}

/** The config of `augMix`. */
export interface AugMixConfig extends AugMixOptions {
  readonly type: 'augMix'
}

/**
 * Some of fourteen operations, all of one strength, as torchvision's `RandAugment`. Cubuk et al.
 * 2020, arXiv:1909.13719. Default of `interpolation`: `nearest`.
 *
 * @example
 * ```ts
 * randAugment({ operations: 2, magnitude: 5 })
 * ```
 */
export function randAugment(given: RandAugmentOptions = {}): RandAugmentConfig {
  return { type: 'randAugment', ...given }
}

/**
 * One of fourteen operations at any strength, as torchvision's `TrivialAugmentWide`. Müller and
 * Hutter 2021, arXiv:2103.10158. Default of `interpolation`: `nearest`.
 *
 * @example
 * ```ts
 * trivialAugment()
 * ```
 */
export function trivialAugment(given: TrivialAugmentOptions = {}): TrivialAugmentConfig {
  return { type: 'trivialAugment', ...given }
}

/**
 * A blend of the image with chains of operations on it, as torchvision's `AugMix`. Hendrycks et al.
 * 2020, arXiv:1912.02781. Default of `interpolation`: `bilinear`.
 *
 * @example
 * ```ts
 * augMix({ severity: 3 })
 * ```
 */
export function augMix(given: AugMixOptions = {}): AugMixConfig {
  return { type: 'augMix', ...given }
}

const bins = wholeNumber(2).max(1000, { error: 'expected at most 1000 bins' }).default(31)

/** The schemas of these changes. */
export const policySchemas: Readonly<
  Record<'randAugment' | 'trivialAugment' | 'augMix', z.ZodType>
> = {
  randAugment: options({
    type: z.literal('randAugment'),
    operations: wholeNumber(1).max(20, { error: 'expected at most 20 operations' }).default(2),
    magnitude: wholeNumber(0).default(9),
    bins,
    ...places('nearest'),
  }).refine((value) => value.magnitude < value.bins, {
    error: ({ input }) => `expected a magnitude below the number of bins, got ${show(input)}`,
  }),
  trivialAugment: options({ type: z.literal('trivialAugment'), bins, ...places('nearest') }),
  augMix: options({
    type: z.literal('augMix'),
    severity: wholeNumber(1).max(10, { error: 'expected at most 10' }).default(3),
    width: wholeNumber(1).max(16, { error: 'expected at most 16 chains' }).default(3),
    depth: wholeNumber(0).max(20, { error: 'expected at most 20 operations' }).default(0),
    alpha: number({ above: 0, to: 1000 }).default(1),
    allOperations: flag().default(true),
    ...places('bilinear'),
  }),
}
