// Mixing the samples of a batch: mixup and cutmix, their labels mixed in the same shares.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import { chance } from './ranges.ts'
import type { Chance } from './ranges.ts'

/** Options of `mixup` and `cutmix`. */
export interface MixOptions extends Chance {
  /** The shape of the Beta distribution of shares, above 0. Default: 1. */
  readonly alpha?: number | undefined
}

/** The config of `mixup`. */
export interface MixupConfig extends MixOptions {
  readonly type: 'mixup'
}

/** The config of `cutmix`. */
export interface CutmixConfig extends MixOptions {
  readonly type: 'cutmix'
}

/**
 * Blends each sample with the one before it in the batch, as torchvision's `MixUp` but with a share
 * of each sample's own; the loss counts both targets in these shares. With `cutmix` beside it, one
 * of the two is drawn. Default of `probability`: 1. Zhang et al. 2018, arXiv:1710.09412.
 *
 * @example
 * ```ts
 * mixup({ alpha: 0.2 })
 * ```
 */
export function mixup(given: MixOptions = {}): MixupConfig {
  return { type: 'mixup', ...given }
}

/**
 * Puts a part of the image before it in the batch into each image, as torchvision's `CutMix`; the
 * loss counts both targets by area. Default of `probability`: 1. Yun et al. 2019, arXiv:1905.04899.
 *
 * @example
 * ```ts
 * cutmix({ probability: 0.5 })
 * ```
 */
export function cutmix(given: MixOptions = {}): CutmixConfig {
  return { type: 'cutmix', ...given }
}

const mix = (type: string): z.ZodType =>
  options({
    type: z.literal(type),
    alpha: number({ above: 0, to: 1000 }).default(1),
    probability: chance(1),
  })

/** The schemas of these changes. */
export const mixSchemas: Readonly<Record<'mixup' | 'cutmix', z.ZodType>> = {
  mixup: mix('mixup'),
  cutmix: mix('cutmix'),
}
