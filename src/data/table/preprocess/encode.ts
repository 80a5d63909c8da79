// Steps that make numbers of texts, categories and dates.

import { z } from 'zod'

import { choice, flag, list, number, options, wholeNumber } from '../../../config/index.ts'
import { cellValue } from './clean.ts'
import type { CellValue } from './clean.ts'
import { columnsField } from './columns.ts'
import type { StepColumns } from './columns.ts'

/** What is done with a category that training did not hold, or that is missing. */
export type Unseen = 'ignore' | 'error'

/** Options of `oneHot`. */
export interface OneHotOptions extends StepColumns {
  /**
   * Which category has no column of its own: `none`, the `first`, or in columns of two categories
   * the first (`binary`). Default: `none`.
   */
  readonly without?: 'none' | 'first' | 'binary' | undefined
  /** `ignore` gives zeros alone and lists the rows. Default: `ignore`. */
  readonly unseen?: Unseen | undefined
  /** More categories are an error. Default: 100. */
  readonly maxCategories?: number | undefined
}

/** Options of `ordinal`. */
export interface OrdinalOptions extends StepColumns {
  /** All categories in their order. Default: those of the training rows, sorted. */
  readonly categories?: readonly CellValue[] | undefined
  /** `ignore` gives -1 and lists the rows. Default: `error`. */
  readonly unseen?: Unseen | undefined
}

/** Options of `frequency`. */
export interface FrequencyOptions extends StepColumns {
  /** `ignore` gives 0 and lists the rows. Default: `ignore`. */
  readonly unseen?: Unseen | undefined
}

/** Options of `targetEncode`. */
export interface TargetEncodeOptions extends StepColumns {
  /** Parts of the training rows; each is encoded by the others. At least 2. Default: 5. */
  readonly folds?: number | undefined
  /** How many rows of the overall mean each category gets. Default: the variances decide. */
  readonly smooth?: number | undefined
  /** Whether the folds are drawn by the run's seed. Default: true. */
  readonly shuffle?: boolean | undefined
  /** `ignore` gives the overall mean and lists the rows. Default: `ignore`. */
  readonly unseen?: Unseen | undefined
  /** Whether the target counts as classes. Default: where it is of texts or booleans. */
  readonly classes?: boolean | undefined
}

/** Options of `hashing`. */
export interface HashingOptions extends StepColumns {
  /** The columns that a column becomes, 1 to 65,536. Default: 16. */
  readonly size?: number | undefined
}

/** A part of a date: months, days and quarters from 1, weekdays from 0 for Monday, `timestamp` in seconds since 1970. */
export type DatePart = (typeof dateParts)[number]

const dateParts = [
  'year',
  'quarter',
  'month',
  'day',
  'dayOfYear',
  'weekday',
  'hour',
  'minute',
  'second',
  'timestamp',
] as const

/** Options of `dates`. */
export interface DatesOptions extends StepColumns {
  /** Default: `['year', 'month', 'day', 'weekday']`. */
  readonly parts?: readonly DatePart[] | undefined
  /** Whether parts that come round again are a sine and a cosine. Default: false. */
  readonly cyclic?: boolean | undefined
  /** What is done with a text that is no date. Default: `missing`. */
  readonly action?: 'drop' | 'missing' | undefined
}

/** The configs of these steps by type. */
export interface EncodeConfigs {
  oneHot: OneHotOptions & { readonly type: 'oneHot' }
  ordinal: OrdinalOptions & { readonly type: 'ordinal' }
  frequency: FrequencyOptions & { readonly type: 'frequency' }
  targetEncode: TargetEncodeOptions & { readonly type: 'targetEncode' }
  hashing: HashingOptions & { readonly type: 'hashing' }
  dates: DatesOptions & { readonly type: 'dates' }
}

/**
 * A column becomes one of 0 and 1 for each category, named `column=category`; scikit-learn's
 * `OneHotEncoder`. Its inverse takes the category with the largest value.
 *
 * @example
 * ```ts
 * preprocess.oneHot({ without: 'binary', unseen: 'error' })
 * ```
 */
export function oneHot(given: OneHotOptions = {}): EncodeConfigs['oneHot'] {
  return { type: 'oneHot', ...given }
}

/**
 * A category becomes its place, from 0; scikit-learn's `OrdinalEncoder`.
 *
 * @example
 * ```ts
 * preprocess.ordinal({ columns: 'size', categories: ['small', 'middle', 'large'] })
 * ```
 */
export function ordinal(given: OrdinalOptions = {}): EncodeConfigs['ordinal'] {
  return { type: 'ordinal', ...given }
}

/**
 * A category becomes the share of the training rows that have it.
 *
 * @example
 * ```ts
 * preprocess.frequency({ columns: 'city' })
 * ```
 */
export function frequency(given: FrequencyOptions = {}): EncodeConfigs['frequency'] {
  return { type: 'frequency', ...given }
}

/**
 * A category becomes the mean target of its training rows, drawn towards the mean of all; a training
 * row is encoded by the other folds alone, so that it does not see its own target. Of three classes
 * and more each has a column, named `column~class`. scikit-learn's `TargetEncoder`
 * (Micci-Barreca 2001).
 *
 * @example
 * ```ts
 * preprocess.targetEncode({ columns: ['city'], smooth: 20 })
 * ```
 */
export function targetEncode(given: TargetEncodeOptions = {}): EncodeConfigs['targetEncode'] {
  return { type: 'targetEncode', ...given }
}

/**
 * A text becomes `size` numbers, one of which is 1 or -1; which, its hash decides
 * (Weinberger et al. 2009, arXiv:0902.2206). No category is unseen.
 *
 * @example
 * ```ts
 * preprocess.hashing({ columns: 'user', size: 64 })
 * ```
 */
export function hashing(given: HashingOptions = {}): EncodeConfigs['hashing'] {
  return { type: 'hashing', ...given }
}

/**
 * A column of ISO 8601 dates becomes one of numbers for each part, named `column.part`. A column not
 * named is one of dates where at least nine tenths of its texts are.
 *
 * @example
 * ```ts
 * preprocess.dates({ parts: ['month', 'weekday', 'hour'], cyclic: true })
 * ```
 */
export function dates(given: DatesOptions = {}): EncodeConfigs['dates'] {
  return { type: 'dates', ...given }
}

const unseen = choice(['ignore', 'error'])

/** How these steps are checked. */
export const encodeSchemas: { readonly [Type in keyof EncodeConfigs]: z.ZodType } = {
  oneHot: options({
    type: z.literal('oneHot'),
    ...columnsField,
    without: choice(['none', 'first', 'binary']).default('none'),
    unseen: unseen.default('ignore'),
    maxCategories: wholeNumber(1).default(100),
  }),
  ordinal: options({
    type: z.literal('ordinal'),
    ...columnsField,
    categories: list('numbers and texts', cellValue).optional(),
    unseen: unseen.default('error'),
  }),
  frequency: options({
    type: z.literal('frequency'),
    ...columnsField,
    unseen: unseen.default('ignore'),
  }),
  targetEncode: options({
    type: z.literal('targetEncode'),
    ...columnsField,
    folds: wholeNumber(2).default(5),
    smooth: number({ from: 0 }).optional(),
    shuffle: flag().default(true),
    unseen: unseen.default('ignore'),
    classes: flag().optional(),
  }),
  hashing: options({
    type: z.literal('hashing'),
    ...columnsField,
    size: wholeNumber(1).max(65_536, { error: 'expected at most 65536 columns' }).default(16),
  }),
  dates: options({
    type: z.literal('dates'),
    ...columnsField,
    parts: list('parts of dates', choice(dateParts))
      .min(1, { error: 'expected at least one part of dates' })
      .default(['year', 'month', 'day', 'weekday']),
    cyclic: flag().default(false),
    action: choice(['drop', 'missing']).default('missing'),
  }),
}
