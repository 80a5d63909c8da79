// The scales that inputs are brought to; their figures come from the training samples alone.

import type { z } from 'zod'

import { choice, list, number, oneOf, options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { NativeDataSet } from '../native.ts'
import type { Normalisation } from './define.ts'

/**
 * `unit`: divided by the largest magnitude. `standard`: mean 0 and standard deviation 1 over all
 * elements of the training samples. `none`: as stored.
 */
export type Normalise = 'unit' | 'standard' | 'none'

/** The schema of `normalise`. */
export const normalise: z.ZodType<Normalise, Normalise> = choice(['unit', 'standard', 'none'])

/** Figures of each channel, of values at unit scale. */
export interface ChannelFigures {
  readonly mean: readonly number[]
  /** The standard deviations. */
  readonly deviation: readonly number[]
}

/** The scales that images are brought to. */
export type ImageNormalise = Normalise | ChannelFigures

/** The schema of `normalise` of images. */
export const imageNormalise: z.ZodType<ImageNormalise, ImageNormalise> = oneOf(
  'unit, standard, none, or { mean, deviation } with a number for each channel',
  [
    normalise,
    options({ mean: list('means', number()), deviation: list('deviations', number({ above: 0 })) }),
  ],
)

interface Statistics {
  readonly mean: number
  readonly standardDeviation: number
  readonly minimum: number
  readonly maximum: number
}

/**
 * The shift and scale of column `x`. A column without spread is left at its scale.
 *
 * @param largest the largest magnitude, where it is known without looking.
 * @example
 * ```ts
 * normalisation(train, 'unit', 255) // { shift: 0, scale: 1 / 255 }
 * ```
 */
export function normalisation(
  train: NativeDataSet,
  kind: Normalise,
  largest?: number,
): Normalisation {
  if (kind === 'none') return { shift: 0, scale: 1 }
  if (kind === 'unit' && largest !== undefined) return { shift: 0, scale: 1 / largest }
  const found = JSON.parse(train.statistics('x')) as Statistics
  const unit = Math.max(Math.abs(found.minimum), Math.abs(found.maximum))
  const spread = kind === 'unit' ? unit : found.standardDeviation
  return { shift: kind === 'unit' ? 0 : found.mean, scale: spread > 0 ? 1 / spread : 1 }
}

/**
 * The shifts and scales of channels with known figures.
 *
 * @param largest what stands for 1 in the values as they are stored.
 * @throws `AttuneError` `CONFIG` where there is not one figure a channel.
 * @example
 * ```ts
 * channelNormalisation({ mean: [0.5], deviation: [0.25] }, 1, 255, 'data').shift // [127.5]
 * ```
 */
export function channelNormalisation(
  { mean, deviation }: ChannelFigures,
  channels: number,
  largest: number,
  where: string,
): Normalisation {
  const [name, wrong] = mean.length === channels ? ['deviation', deviation] : ['mean', mean]
  if (wrong.length === channels) {
    return {
      shift: mean.map((value) => value * largest),
      scale: deviation.map((value) => 1 / (value * largest)),
    }
  }
  const message = `${where}.normalise.${name}: expected ${channels} numbers, one for each channel`
  throw new AttuneError('CONFIG', `${message}, got ${wrong.length}`)
}
