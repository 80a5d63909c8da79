// The scales that inputs are brought to; their figures come from the training samples alone.

import type { z } from 'zod'

import { choice } from '../config/index.ts'
import type { NativeDataSet } from '../native.ts'
import type { Normalisation } from './define.ts'

/**
 * `unit`: divided by the largest magnitude. `standard`: mean 0 and standard deviation 1 over all
 * elements of the training samples. `none`: as stored.
 */
export type Normalise = 'unit' | 'standard' | 'none'

/** The schema of `normalise`. */
export const normalise: z.ZodType<Normalise, Normalise> = choice(['unit', 'standard', 'none'])

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
