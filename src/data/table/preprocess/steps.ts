// The list of steps: their configs by type, the schema of any, and the factories under one name.

import type { z } from 'zod'

import { list, union } from '../../../config/index.ts'
import { guard } from '../../../errors/index.ts'
import { native } from '../../../native.ts'
import {
  allowed,
  cleanSchemas,
  duplicates,
  missing,
  misspelt,
  outliers,
  range,
  rare,
  types,
} from './clean.ts'
import type { CleanConfigs } from './clean.ts'
import {
  dates,
  encodeSchemas,
  frequency,
  hashing,
  oneHot,
  ordinal,
  targetEncode,
} from './encode.ts'
import type { EncodeConfigs } from './encode.ts'
import { drop, keepSchemas, select } from './keep.ts'
import type { KeepConfigs } from './keep.ts'
import {
  log,
  maxAbs,
  minMax,
  quantile,
  robust,
  scaleSchemas,
  standard,
  yeoJohnson,
} from './scale.ts'
import type { ScaleConfigs } from './scale.ts'

/** Every step by its type. */
export interface StepConfigs extends CleanConfigs, ScaleConfigs, EncodeConfigs, KeepConfigs {}

/** The config of any step. */
export type StepConfig = StepConfigs[keyof StepConfigs]

const schemas: { readonly [Type in keyof StepConfigs]: z.ZodType } = {
  ...cleanSchemas,
  ...scaleSchemas,
  ...encodeSchemas,
  ...keepSchemas,
}

/** The schema of a list of steps. */
export const stepsSchema: z.ZodType<readonly StepConfig[], readonly StepConfig[]> = list(
  'preprocessing steps',
  union<StepConfig>('preprocessing step', schemas),
)

/**
 * The steps of a table whose user gave none: repeated rows and misspelt texts are reported; texts
 * meant as numbers become numbers and dates their parts; rows without a target are left out; missing
 * numbers become the median, with an indicator, other missing values the most frequent one; numbers
 * get mean 0 and deviation 1, texts a column a category.
 *
 * @param target the column to predict.
 * @example
 * ```ts
 * const steps = [preprocess.drop({ columns: 'id' }), ...preprocess.defaults('price')]
 * ```
 */
function defaults(target?: string): StepConfig[] {
  return guard(() => JSON.parse(native().defaultSteps(target)) as StepConfig[])
}

/** The preprocessing steps of tables, by name. */
export const preprocess: {
  readonly allowed: typeof allowed
  readonly dates: typeof dates
  readonly defaults: typeof defaults
  readonly drop: typeof drop
  readonly duplicates: typeof duplicates
  readonly frequency: typeof frequency
  readonly hashing: typeof hashing
  readonly log: typeof log
  readonly maxAbs: typeof maxAbs
  readonly minMax: typeof minMax
  readonly missing: typeof missing
  readonly misspelt: typeof misspelt
  readonly oneHot: typeof oneHot
  readonly ordinal: typeof ordinal
  readonly outliers: typeof outliers
  readonly quantile: typeof quantile
  readonly range: typeof range
  readonly rare: typeof rare
  readonly robust: typeof robust
  readonly select: typeof select
  readonly standard: typeof standard
  readonly targetEncode: typeof targetEncode
  readonly types: typeof types
  readonly yeoJohnson: typeof yeoJohnson
} = {
  allowed,
  dates,
  defaults,
  drop,
  duplicates,
  frequency,
  hashing,
  log,
  maxAbs,
  minMax,
  missing,
  misspelt,
  oneHot,
  ordinal,
  outliers,
  quantile,
  range,
  rare,
  robust,
  select,
  standard,
  targetEncode,
  types,
  yeoJohnson,
}
