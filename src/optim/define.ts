// What an optimizer consists of: a name, a schema, and the options that all of them take.

import { z } from 'zod'

import { number, options } from '../config/index.ts'
import { averageSchema } from './average.ts'
import type { Average } from './average.ts'
import { clippingFields, oneClipping } from './clipping.ts'
import type { Clipping } from './clipping.ts'
import { groupSchema } from './groups.ts'
import type { ParameterGroup } from './groups.ts'
import { rateSchema } from './schedule.ts'
import type { Schedule } from './schedule.ts'

/** Options of every optimizer. */
export interface OptimizerOptions extends Clipping {
  /** The learning rate, at least 0, or a schedule. */
  readonly learningRate?: number | Schedule | undefined
  /** What differs from parameter to parameter, by name. Default: nothing. */
  readonly groups?: readonly ParameterGroup[] | undefined
  /**
   * An average of the weights, kept beside them, which `evaluate`, validation, `predict` and `save`
   * use. Default: none.
   */
  readonly average?: Average | undefined
}

/** One optimizer: the list of its hyperparameters is its schema. */
export interface OptimizerDefinition<
  Config extends { readonly type: string } = { readonly type: string },
> {
  readonly type: Config['type']
  readonly schema: z.ZodType<unknown, Config>
}

/** A rule that several options keep together. */
export interface Rule {
  readonly path: string
  readonly message: string
  /** Whether the options break it. */
  readonly broken: (options: Readonly<Record<string, unknown>>) => boolean
}

/**
 * The schema of an optimizer: its own fields and those of every optimizer.
 *
 * @param learningRate its default.
 * @example
 * ```ts
 * const schema = optimizerFields<LionConfig>('lion', 1e-4, { beta1: share.default(0.9) })
 * ```
 */
export function optimizerFields<Config>(
  type: string,
  learningRate: number,
  fields: z.ZodRawShape,
  rules: readonly Rule[] = [],
): z.ZodType<unknown, Config> {
  const schema = options({
    type: z.literal(type),
    learningRate: rateSchema.default(learningRate),
    ...fields,
    ...clippingFields,
    groups: z.array(groupSchema).default([]),
    average: averageSchema.optional(),
  })
  const checked = schema.superRefine((given, context) => {
    for (const { path, message, broken } of [oneClipping, ...rules]) {
      if (broken(given)) context.addIssue({ code: 'custom', path: [path], message })
    }
  })
  return checked as unknown as z.ZodType<unknown, Config>
}

/** The schema of a share at least 0 and below 1, such as a momentum. */
export const share: z.ZodNumber = number({ from: 0, below: 1 })

/** The schema of a number at least 0, such as a decay. */
export const amount: z.ZodNumber = number({ from: 0 })

/** The schema of a number above 0, such as what keeps a divisor from being 0. */
export const positive: z.ZodNumber = number({ above: 0 })
