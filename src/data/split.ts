// The samples kept aside for validation: how many, or which fold, and by what they are chosen.

import { createHash } from 'node:crypto'

import { z } from 'zod'

import { choice, oneOf, options, show, wholeNumber } from '../config/index.ts'
import { AttuneError, guard } from '../errors/index.ts'
import { native } from '../native.ts'
import type { NativeDataSet } from '../native.ts'

/**
 * `first` and `last`: as they lie. `random`: drawn by the run's seed. `stratified`: drawn so that each
 * class has its share on both sides.
 */
export type ValidationFrom = 'first' | 'last' | 'random' | 'stratified'

/** One part out of so many. */
export interface Fold {
  /** From 0. */
  readonly fold: number
  /** At least 2. */
  readonly of: number
}

/** A fraction below 1, a number of samples, or a fold. */
export type ValidationSize = number | Fold

/** What the choice goes by: the ways of `ValidationFrom`, by group, and by time. */
export type SplitBy = ValidationFrom | 'grouped' | 'time'

/** Which samples went where: the sha256 of their numbers, little-endian and 4 bytes each. */
export interface SplitRecord {
  readonly train: string
  readonly validation?: string | undefined
  readonly test?: string | undefined
}

/** The samples that a run trains on, and those it only measures with. */
export interface Split {
  readonly train: NativeDataSet
  readonly validation: NativeDataSet | undefined
  readonly split: SplitRecord
}

/** Numbers of rows. */
export interface SplitRows {
  readonly train: Uint32Array
  readonly aside: Uint32Array
}

/** What a choice of rows goes by, and how many are kept aside. */
export interface RowsToSplit {
  readonly rows: number
  readonly by: SplitBy
  readonly aside: ValidationSize
  readonly seed: number
  /** The class or group of each row, for `stratified` and `grouped`. */
  readonly groups?: Uint32Array | undefined
  /** The moment of each row, for `time`. */
  readonly times?: Float64Array | undefined
}

const words = 'expected a fraction from 0 to below 1, or a whole number of samples'

const size = z
  .number({ error: ({ input }) => `${words}, got ${show(input)}` })
  .refine((value) => value >= 0 && (value < 1 || Number.isSafeInteger(value)), {
    error: ({ input }) => `${words}, got ${show(input)}`,
  })

const fold = options({ fold: wholeNumber(), of: wholeNumber(2) }).refine(
  ({ fold: which, of }) => which < of,
  { error: ({ input }) => `expected a fold below the number of folds, got ${show(input)}` },
)

/** The schema of `validation`. */
export const validationSize: z.ZodType<ValidationSize, ValidationSize> = oneOf(
  'a fraction from 0 to below 1, a whole number of samples, or { fold, of }',
  [size, fold],
)

/** The schema of any way of parting rows. */
export const splitBy: z.ZodType<SplitBy, SplitBy> = choice([
  'first',
  'last',
  'random',
  'stratified',
  'grouped',
  'time',
])

/** The schema of `validationFrom`. */
export const validationFrom: z.ZodType<ValidationFrom, ValidationFrom> = choice([
  'first',
  'last',
  'random',
  'stratified',
])

/**
 * Whether `validation` says how many samples to keep aside, and is none itself.
 *
 * @example
 * ```ts
 * isValidationSize({ fold: 0, of: 5 }) // true
 * ```
 */
export function isValidationSize(value: unknown): value is ValidationSize {
  return typeof value === 'number' || (typeof value === 'object' && !!value && 'fold' in value)
}

/**
 * Takes samples for validation out of `samples`; `seed` alone decides what is drawn.
 *
 * @param size a fraction below 1, rounded to whole samples, a number of samples, or a fold.
 * @param where the config path of the data, for messages.
 * @throws `AttuneError` `CONFIG` where nothing would be left to train on, `DATA` for samples without
 *   classes to share out.
 * @example
 * ```ts
 * const { train, validation } = splitOff(samples, 0.2, 'random', 0, 'data')
 * ```
 */
export function splitOff(
  samples: NativeDataSet,
  size: ValidationSize,
  from: ValidationFrom,
  seed: number,
  where: string,
): Split {
  const groups = from === 'stratified' ? labelsOf(samples, where) : undefined
  const request: RowsToSplit = { rows: samples.length, by: from, aside: size, seed, groups }
  const { train, aside } = rowsApart(request, `${where}.validation`)
  if (aside.length === 0)
    return { train: samples, validation: undefined, split: recordOf({ train }) }
  return {
    train: guard(() => samples.subset(train), where),
    validation: guard(() => samples.subset(aside), where),
    split: recordOf({ train, validation: aside }),
  }
}

/**
 * Parts rows; `seed` alone decides what is drawn. Folds have the sizes of scikit-learn's. A fold by
 * time is measured with, the rows before it are trained on, and those behind it are left out.
 *
 * @param where the config path of `aside`, for messages.
 * @throws `AttuneError` `CONFIG` where nothing would be left to train on, `DATA` for too few rows or
 *   groups.
 * @example
 * ```ts
 * const { train, aside } = rowsApart({ rows: 150, by: 'random', aside: 0.2, seed: 0 }, 'validation')
 * ```
 */
export function rowsApart(request: RowsToSplit, where: string): SplitRows {
  const { rows, by, aside, seed, groups, times } = request
  const part = typeof aside === 'object' ? aside : aside < 1 ? Math.round(rows * aside) : aside
  if (typeof part === 'number' && part > 0 && part >= rows) {
    const message = `${where}: expected fewer than all ${rows} samples, got ${part}`
    throw new AttuneError('CONFIG', `${message}: leave some to train on`)
  }
  const json = JSON.stringify({ rows, by, aside: part, seed })
  return guard(() => native().splitRows(json, groups ?? null, times ?? null), where)
}

/**
 * The record of the rows of each part.
 *
 * @example
 * ```ts
 * recordOf({ train: Uint32Array.of(0, 2), test: Uint32Array.of(1) })
 * ```
 */
export function recordOf(
  parts: Readonly<Partial<Record<keyof SplitRecord, Uint32Array | undefined>>> & {
    readonly train: Uint32Array
  },
): SplitRecord {
  const given = Object.entries(parts).filter((part): part is [string, Uint32Array] => !!part[1])
  return Object.fromEntries(given.map(([name, rows]) => [name, hashOf(rows)])) as never
}

function hashOf(rows: Uint32Array): string {
  const bytes = new DataView(new ArrayBuffer(rows.length * 4))
  rows.forEach((row, at) => bytes.setUint32(at * 4, row, true))
  return createHash('sha256').update(bytes).digest('hex')
}

function labelsOf(samples: NativeDataSet, where: string): Uint32Array {
  const labels = guard(() => samples.column('y'), where)
  if (!(labels instanceof Float32Array) && labels.length === samples.length) {
    return Uint32Array.from(labels)
  }
  const message = `${where}.validationFrom: expected samples of one class each to stratify by`
  throw new AttuneError('CONFIG', `${message}, got other targets: take "random"`)
}
