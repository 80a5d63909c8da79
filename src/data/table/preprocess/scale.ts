// Steps that bring columns of numbers to a common scale; every one has an inverse.

import { z } from 'zod'

import { choice, flag, number, options, show, wholeNumber } from '../../../config/index.ts'
import { columnsField } from './columns.ts'
import type { StepColumns } from './columns.ts'

/** Options of `standard`. */
export interface StandardOptions extends StepColumns {
  /** Whether the mean becomes 0. Default: true. */
  readonly center?: boolean | undefined
  /** Whether the standard deviation, of the population, becomes 1. Default: true. */
  readonly scale?: boolean | undefined
}

/** Options of `minMax`. */
export interface MinMaxOptions extends StepColumns {
  /** What the least training value becomes. Default: 0. */
  readonly min?: number | undefined
  /** What the greatest training value becomes. Default: 1. */
  readonly max?: number | undefined
  /** Whether values outside of what was learned are held at the ends. Default: false. */
  readonly clip?: boolean | undefined
}

/** Options of `robust`. */
export interface RobustOptions extends StepColumns {
  /** The lower percentile, 0 to 100. Default: 25. */
  readonly low?: number | undefined
  /** The upper percentile, 0 to 100. Default: 75. */
  readonly high?: number | undefined
  /** Whether the median becomes 0. Default: true. */
  readonly center?: boolean | undefined
  /** Whether the distance between the percentiles becomes 1. Default: true. */
  readonly scale?: boolean | undefined
  /** Whether that distance becomes the one of a normal distribution of deviation 1. Default: false. */
  readonly unitVariance?: boolean | undefined
}

/** Options of `yeoJohnson`. */
export interface YeoJohnsonOptions extends StepColumns {
  /** Whether mean 0 and deviation 1 follow. Default: true. */
  readonly standardize?: boolean | undefined
}

/** Options of `quantile`. */
export interface QuantileOptions extends StepColumns {
  /** Default: `uniform`, from 0 to 1. */
  readonly output?: 'uniform' | 'normal' | undefined
  /** How many quantiles are learned at most; no more than there are rows. Default: 1000. */
  readonly quantiles?: number | undefined
}

/** The configs of these steps by type. */
export interface ScaleConfigs {
  standard: StandardOptions & { readonly type: 'standard' }
  minMax: MinMaxOptions & { readonly type: 'minMax' }
  robust: RobustOptions & { readonly type: 'robust' }
  maxAbs: StepColumns & { readonly type: 'maxAbs' }
  log: StepColumns & { readonly type: 'log' }
  yeoJohnson: YeoJohnsonOptions & { readonly type: 'yeoJohnson' }
  quantile: QuantileOptions & { readonly type: 'quantile' }
}

/**
 * `y = (x - mean) / deviation`, scikit-learn's `StandardScaler`. A column without spread is only
 * centred.
 *
 * @example
 * ```ts
 * preprocess.standard({ columns: { except: ['year'] } })
 * ```
 */
export function standard(given: StandardOptions = {}): ScaleConfigs['standard'] {
  return { type: 'standard', ...given }
}

/**
 * `y = (x - least) / (most - least) * (max - min) + min`, scikit-learn's `MinMaxScaler`.
 *
 * @example
 * ```ts
 * preprocess.minMax({ min: -1, max: 1 })
 * ```
 */
export function minMax(given: MinMaxOptions = {}): ScaleConfigs['minMax'] {
  return { type: 'minMax', ...given }
}

/**
 * `y = (x - median) / (high - low)` of two percentiles, so that outliers do not count;
 * scikit-learn's `RobustScaler`.
 *
 * @example
 * ```ts
 * preprocess.robust({ low: 10, high: 90 })
 * ```
 */
export function robust(given: RobustOptions = {}): ScaleConfigs['robust'] {
  return { type: 'robust', ...given }
}

/**
 * `y = x / max |x|`, scikit-learn's `MaxAbsScaler`.
 *
 * @example
 * ```ts
 * preprocess.maxAbs()
 * ```
 */
export function maxAbs(given: StepColumns = {}): ScaleConfigs['maxAbs'] {
  return { type: 'maxAbs', ...given }
}

/**
 * `y = ln(1 + x)`, for values above -1.
 *
 * @throws `AttuneError` `DATA` naming the first value that has no logarithm.
 * @example
 * ```ts
 * preprocess.log({ columns: ['income', 'population'] })
 * ```
 */
export function log(given: StepColumns = {}): ScaleConfigs['log'] {
  return { type: 'log', ...given }
}

/**
 * The power that makes a column most like a normal distribution, scikit-learn's
 * `PowerTransformer` (Yeo and Johnson 2000).
 *
 * @example
 * ```ts
 * preprocess.yeoJohnson()
 * ```
 */
export function yeoJohnson(given: YeoJohnsonOptions = {}): ScaleConfigs['yeoJohnson'] {
  return { type: 'yeoJohnson', ...given }
}

/**
 * A value becomes the share of training values below it, or what a normal distribution has there;
 * scikit-learn's `QuantileTransformer` of all rows.
 *
 * @example
 * ```ts
 * preprocess.quantile({ output: 'normal' })
 * ```
 */
export function quantile(given: QuantileOptions = {}): ScaleConfigs['quantile'] {
  return { type: 'quantile', ...given }
}

const percent = number({ from: 0, to: 100 })

/** How these steps are checked. */
export const scaleSchemas: { readonly [Type in keyof ScaleConfigs]: z.ZodType } = {
  standard: options({
    type: z.literal('standard'),
    ...columnsField,
    center: flag().default(true),
    scale: flag().default(true),
  }),
  minMax: options({
    type: z.literal('minMax'),
    ...columnsField,
    min: number().default(0),
    max: number().default(1),
    clip: flag().default(false),
  }).refine(({ min, max }) => min < max, {
    error: ({ input }) => `expected \`min\` below \`max\`, got ${show(input)}`,
  }),
  robust: options({
    type: z.literal('robust'),
    ...columnsField,
    low: percent.default(25),
    high: percent.default(75),
    center: flag().default(true),
    scale: flag().default(true),
    unitVariance: flag().default(false),
  }).refine(({ low, high }) => low < high, {
    error: ({ input }) => `expected \`low\` below \`high\`, got ${show(input)}`,
  }),
  maxAbs: options({ type: z.literal('maxAbs'), ...columnsField }),
  log: options({ type: z.literal('log'), ...columnsField }),
  yeoJohnson: options({
    type: z.literal('yeoJohnson'),
    ...columnsField,
    standardize: flag().default(true),
  }),
  quantile: options({
    type: z.literal('quantile'),
    ...columnsField,
    output: choice(['uniform', 'normal']).default('uniform'),
    quantiles: wholeNumber(1).default(1000),
  }),
}
