// The 1,797 handwritten digits that ship inside the package.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { guarded } from '../errors/index.ts'
import { native } from '../native.ts'
import { columnsOf } from './columns.ts'
import type { DataDefinition } from './define.ts'
import { normalisation, normalise } from './normalise.ts'
import type { Normalise } from './normalise.ts'
import { splitOff, validationFrom, validationSize } from './split.ts'
import type { ValidationFrom, ValidationSize } from './split.ts'

/** Options of `datasets.digits`. */
export interface DigitsOptions {
  /** A fraction below 1, a number of samples, or a fold as `{ fold, of }`. Default: 0.2. */
  readonly validation?: ValidationSize | undefined
  /** Default: `random`, drawn by the run's seed. */
  readonly validationFrom?: ValidationFrom | undefined
  /** Default: `unit`, pixels from 0 to 1. */
  readonly normalise?: Normalise | undefined
}

/** The config of `datasets.digits`. */
export interface DigitsConfig extends DigitsOptions {
  readonly type: 'digits'
}

type ResolvedDigits = DigitsConfig & {
  readonly validation: ValidationSize
  readonly validationFrom: ValidationFrom
  readonly normalise: Normalise
}

/**
 * 1,797 handwritten digits: `x` `[8, 8, 1]`, bytes from 0 to 16, and `y`, the digit. They come
 * with the package.
 *
 * Source: E. Alpaydin and C. Kaynak 1998, UCI Machine Learning Repository, CC BY 4.0,
 * https://doi.org/10.24432/C50P49.
 *
 * @example
 * ```ts
 * datasets.digits({ validation: 0.25 })
 * ```
 */
export function digits(given: DigitsOptions = {}): DigitsConfig {
  return { type: 'digits', ...given }
}

/** How `digits` is checked and loaded. */
export const digitsData: DataDefinition<DigitsConfig, ResolvedDigits> = {
  type: 'digits',
  schema: options({
    type: z.literal('digits'),
    validation: validationSize.default(0.2),
    validationFrom: validationFrom.default('random'),
    normalise: normalise.default('unit'),
  }),
  load: async (config, seed, where) => {
    const samples = await guarded(native().DataSet.digits(), where)
    const split = splitOff(samples, config.validation, config.validationFrom, seed, where)
    return {
      ...split,
      test: undefined,
      columns: columnsOf(samples),
      classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
      normalisation: normalisation(split.train, config.normalise, 16),
    }
  },
}
