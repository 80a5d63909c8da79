// What an optimizer consists of: a name, a schema, and the two options that all of them take.

import type { z } from 'zod'

import { number } from '../config/index.ts'
import { rateSchema } from './schedule.ts'
import type { Schedule } from './schedule.ts'

/** Options of every optimizer. */
export interface OptimizerOptions {
  /** The learning rate, at least 0, or a schedule. */
  readonly learningRate?: number | Schedule | undefined
  /**
   * The gradients are scaled down so that the norm of all of them together is at most this, above
   * 0. Default: no clipping.
   */
  readonly clipNorm?: number | undefined
}

/** The least that a resolved optimizer has. */
export interface ResolvedOptimizer {
  readonly type: string
  readonly learningRate: number | Schedule
  readonly clipNorm?: number | undefined
}

/** One optimizer: the list of its hyperparameters is its schema. */
export interface OptimizerDefinition<Config, Resolved extends ResolvedOptimizer> {
  readonly type: string
  readonly schema: z.ZodType<Resolved, Config>
}

/**
 * The schema of a learning rate with a default.
 *
 * @example
 * ```ts
 * const learningRate = learningRateField(1e-3)
 * ```
 */
export function learningRateField(
  initial: number,
): z.ZodDefault<z.ZodType<number | Schedule, number | Schedule>> {
  return rateSchema.default(initial)
}

/** The schema of `clipNorm`. */
export const clipNormField: z.ZodOptional<z.ZodNumber> = number({ above: 0 }).optional()

/** The schema of a share at least 0 and below 1, such as a momentum. */
export const shareField: z.ZodNumber = number({ from: 0, below: 1 })
