// Steps that find and mend what is missing, repeated or wrong.

import { z } from 'zod'

import {
  choice,
  flag,
  list,
  number,
  oneOf,
  options,
  text,
  wholeNumber,
} from '../../../config/index.ts'
import { columnsField } from './columns.ts'
import type { ColumnChoice, StepColumns } from './columns.ts'

/** A single value of a table; of a boolean column 1 stands for true and 0 for false. */
export type CellValue = number | string

/**
 * What is done with a wrong value: `report` lists it, `drop` leaves its row out, `missing` sets it
 * missing for a later step to fill.
 */
export type WrongAction = 'report' | 'drop' | 'missing'

/** Options of `missing`. */
export interface MissingOptions extends StepColumns {
  /**
   * What a missing value becomes: `mean` and `median` of numbers, `mostFrequent` (of equally
   * frequent ones the least), `constant`; or `drop`, which leaves its row out.
   */
  readonly fill: 'drop' | 'mean' | 'median' | 'mostFrequent' | 'constant'
  /** Of `constant`, of the kind of the columns; it chooses numbers or texts where no names do. */
  readonly value?: CellValue | undefined
  /**
   * Whether a column `name:missing` of 0 and 1 tells where values were missing, if any were in
   * training. Default: false.
   */
  readonly indicator?: boolean | undefined
}

/** Options of `duplicates`. */
export interface DuplicatesOptions {
  /** The columns that make two rows equal. Default: all, the target too. */
  readonly columns?: ColumnChoice | undefined
  /** `drop` keeps the first. Default: `drop`. */
  readonly action?: 'report' | 'drop' | undefined
  /** What is done with validation and test rows that repeat a training row. Default: `drop`. */
  readonly acrossSplits?: 'ignore' | 'report' | 'drop' | undefined
}

/** Options of `types`. */
export interface TypesOptions extends StepColumns {
  /**
   * A column not named is meant to be of numbers where at least this share of its texts are, 0 to 1.
   * Default: 0.9.
   */
  readonly share?: number | undefined
  /** What is done with a text that is no number. Default: `missing`; `report` sets it missing too. */
  readonly action?: WrongAction | undefined
}

/** Options of `range`. */
export interface RangeOptions extends StepColumns {
  /** The least that is right. Default: none; infinite numbers are wrong all the same. */
  readonly min?: number | undefined
  /** The most that is right. Default: none. */
  readonly max?: number | undefined
  /** `clip` takes the nearest bound. Default: `missing`. */
  readonly action?: WrongAction | 'clip' | undefined
}

/** Options of `allowed`. */
export interface AllowedOptions extends StepColumns {
  /** All values that are right. */
  readonly values: readonly CellValue[]
  /** Default: `missing`. */
  readonly action?: WrongAction | undefined
}

/** Options of `misspelt`. */
export interface MisspeltOptions extends StepColumns {
  /** A text of at most this share of the rows is rare. Default: 0.01. */
  readonly rare?: number | undefined
  /** How many times as frequent the right text is at least. Default: 10. */
  readonly times?: number | undefined
  /**
   * The most insertions, deletions, replacements and swaps of neighbours that lead from the right
   * text. Default: 1 for texts of at most 4 letters, 2 for longer ones.
   */
  readonly distance?: number | undefined
  /** `correct` takes the frequent text. Default: `report`. */
  readonly action?: WrongAction | 'correct' | undefined
}

/** Options of `outliers`. */
export interface OutliersOptions extends StepColumns {
  /**
   * `iqr`: beyond the quartiles by `limit` times the distance between them (Tukey 1977);
   * `zScore`: `|x - mean| / deviation` above `limit`; `mad`: `0.6745 |x - median| / median of
   * |x - median|` above `limit` (Iglewicz and Hoaglin 1993). Default: `iqr`.
   */
  readonly by?: 'iqr' | 'zScore' | 'mad' | undefined
  /** Default: 1.5 for `iqr`, 3 for `zScore`, 3.5 for `mad`. */
  readonly limit?: number | undefined
  /** `clip` takes the nearest bound; only training rows are dropped. Default: `report`. */
  readonly action?: WrongAction | 'clip' | undefined
}

/** Options of `rare`. */
export interface RareOptions extends StepColumns {
  /**
   * A text of fewer training rows is rare: below 1 a share of the rows that have any, else a number
   * of rows. Default: 0.01.
   */
  readonly min?: number | undefined
  /** What rare texts, and those that training did not hold, become. Default: `other`. */
  readonly value?: string | undefined
}

/** The configs of these steps by type. */
export interface CleanConfigs {
  missing: MissingOptions & { readonly type: 'missing' }
  duplicates: DuplicatesOptions & { readonly type: 'duplicates' }
  types: TypesOptions & { readonly type: 'types' }
  range: RangeOptions & { readonly type: 'range' }
  allowed: AllowedOptions & { readonly type: 'allowed' }
  misspelt: MisspeltOptions & { readonly type: 'misspelt' }
  rare: RareOptions & { readonly type: 'rare' }
  outliers: OutliersOptions & { readonly type: 'outliers' }
}

/**
 * Missing values are filled in, or their rows left out. Figures come from the training rows; a
 * column without any value there is left out.
 *
 * @example
 * ```ts
 * preprocess.missing({ columns: { kind: 'number' }, fill: 'median', indicator: true })
 * ```
 */
export function missing(given: MissingOptions): CleanConfigs['missing'] {
  return { type: 'missing', ...given }
}

/**
 * Rows that repeat another, and validation or test rows that repeat a training row (leakage).
 *
 * @example
 * ```ts
 * preprocess.duplicates({ columns: ['id'], acrossSplits: 'drop' })
 * ```
 */
export function duplicates(given: DuplicatesOptions = {}): CleanConfigs['duplicates'] {
  return { type: 'duplicates', ...given }
}

/**
 * Columns of texts that are meant to be numbers become numbers; what is none is wrong.
 *
 * @example
 * ```ts
 * preprocess.types({ columns: ['price'] })
 * ```
 */
export function types(given: TypesOptions = {}): CleanConfigs['types'] {
  return { type: 'types', ...given }
}

/**
 * Numbers below a least or above a most, and infinite ones, are wrong.
 *
 * @example
 * ```ts
 * preprocess.range({ columns: 'age', min: 0, max: 120, action: 'drop' })
 * ```
 */
export function range(given: RangeOptions = {}): CleanConfigs['range'] {
  return { type: 'range', ...given }
}

/**
 * Values that are not in a list are wrong.
 *
 * @example
 * ```ts
 * preprocess.allowed({ columns: 'sex', values: ['female', 'male'] })
 * ```
 */
export function allowed(given: AllowedOptions): CleanConfigs['allowed'] {
  return { type: 'allowed', ...given }
}

/**
 * A rare text that is a letter or two away from a frequent one is wrong. Distance counts
 * insertions, deletions, replacements and swaps of neighbours (Damerau 1964).
 *
 * @example
 * ```ts
 * preprocess.misspelt({ columns: 'country', action: 'correct' })
 * ```
 */
export function misspelt(given: MisspeltOptions = {}): CleanConfigs['misspelt'] {
  return { type: 'misspelt', ...given }
}

/**
 * Texts that few training rows have become one, as do those that training did not hold, so that what
 * encodes them later needs no code for each. Before `oneHot` it is scikit-learn's
 * `OneHotEncoder(min_frequency, handle_unknown='infrequent_if_exist')`.
 *
 * @example
 * ```ts
 * preprocess.rare({ columns: 'country', min: 50 })
 * ```
 */
export function rare(given: RareOptions = {}): CleanConfigs['rare'] {
  return { type: 'rare', ...given }
}

/**
 * Numbers far from the others.
 *
 * @example
 * ```ts
 * preprocess.outliers({ by: 'mad', action: 'clip' })
 * ```
 */
export function outliers(given: OutliersOptions = {}): CleanConfigs['outliers'] {
  return { type: 'outliers', ...given }
}

/** The schema of a single value. */
export const cellValue: z.ZodType<CellValue, CellValue> = oneOf('a number or a text', [
  number(),
  z.string(),
])

const action = choice(['report', 'drop', 'missing'])
const clipping = choice(['report', 'clip', 'drop', 'missing'])

/** How these steps are checked. */
export const cleanSchemas: { readonly [Type in keyof CleanConfigs]: z.ZodType } = {
  missing: options({
    type: z.literal('missing'),
    ...columnsField,
    fill: choice(['drop', 'mean', 'median', 'mostFrequent', 'constant']),
    value: cellValue.optional(),
    indicator: flag().default(false),
  }),
  duplicates: options({
    type: z.literal('duplicates'),
    ...columnsField,
    action: choice(['report', 'drop']).default('drop'),
    acrossSplits: choice(['ignore', 'report', 'drop']).default('drop'),
  }),
  types: options({
    type: z.literal('types'),
    ...columnsField,
    share: number({ from: 0, to: 1 }).default(0.9),
    action: action.default('missing'),
  }),
  range: options({
    type: z.literal('range'),
    ...columnsField,
    min: number().optional(),
    max: number().optional(),
    action: clipping.default('missing'),
  }),
  allowed: options({
    type: z.literal('allowed'),
    ...columnsField,
    values: list('numbers and texts', cellValue),
    action: action.default('missing'),
  }),
  misspelt: options({
    type: z.literal('misspelt'),
    ...columnsField,
    rare: number({ from: 0, to: 1 }).default(0.01),
    times: number({ from: 1 }).default(10),
    distance: wholeNumber(1).optional(),
    action: choice(['report', 'correct', 'drop', 'missing']).default('report'),
  }),
  rare: options({
    type: z.literal('rare'),
    ...columnsField,
    min: number({ above: 0 }).default(0.01),
    value: text('a text').default('other'),
  }),
  outliers: options({
    type: z.literal('outliers'),
    ...columnsField,
    by: choice(['iqr', 'zScore', 'mad']).default('iqr'),
    limit: number({ above: 0 }).optional(),
    action: clipping.default('report'),
  }),
}
