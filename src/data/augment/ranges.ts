// Fields that changes of images share: probabilities, ranges, and what is beyond the border.

import { z } from 'zod'

import { choice, number, oneOf, options, show } from '../../config/index.ts'
import type { NumberRange } from '../../config/index.ts'

/** Two numbers, the least first. */
export type Pair = readonly [least: number, most: number]

/** How often a change is made. */
export interface Chance {
  /** The share of images that are changed, 0 to 1. */
  readonly probability?: number | undefined
}

/** What a change of place reads. */
export interface Places {
  /** How pixels are read between pixels. */
  readonly interpolation?: 'nearest' | 'bilinear' | undefined
  /** What is beyond the border, in the scale that pixels are stored in. Default: 0. */
  readonly fill?: number | undefined
}

/** The schema of a probability. */
export const chance = (standard: number): z.ZodType<number, number | undefined> =>
  number({ from: 0, to: 1 }).default(standard)

/** The schema of two numbers, the least first. */
export const pair = (range: NumberRange): z.ZodType<Pair, Pair> =>
  z
    .tuple([number(range), number(range)], {
      error: ({ input }) => `expected [least, most], got ${show(input)}`,
    })
    .refine(([least, most]) => least <= most, {
      error: ({ input }) => `expected least <= most, got ${show(input)}`,
    })

/** The schema of a number for both ways, or of two numbers. */
export const eitherWay = (most: number): z.ZodType<Pair, number | Pair> =>
  oneOf('a number for both ways, or [least, most]', [
    number({ from: 0, to: most }),
    pair({ from: -most, to: most }),
  ]).transform((given): Pair => (typeof given === 'number' ? [-given, given] : given))

/** The fields of `Places`. */
export const places = (
  standard: 'nearest' | 'bilinear',
): Record<'interpolation' | 'fill', z.ZodType> => ({
  interpolation: choice(['nearest', 'bilinear']).default(standard),
  fill: number().default(0),
})

/** The schema of a change by a number between two. */
export const ranged = (
  type: string,
  range: NumberRange,
  [least, most]: Pair,
  probability = 1,
): z.ZodType =>
  options({
    type: z.literal(type),
    least: number(range).default(least),
    most: number(range).default(most),
    probability: chance(probability),
  }).refine((value) => value.least <= value.most, {
    error: ({ input }) => `expected least <= most, got ${show(input)}`,
  })
