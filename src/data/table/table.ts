// Rows of a file, or rows and columns of one's own, with a column to predict, as samples.

import { z } from 'zod'

import { choice, list, oneOf, options, show, text } from '../../config/index.ts'
import type { DataDefinition } from '../define.ts'
import { onBadSample } from '../on-bad-sample.ts'
import type { OnBadSample } from '../on-bad-sample.ts'
import { validationFrom, validationSize } from '../split.ts'
import type { ValidationFrom, ValidationSize } from '../split.ts'
import { loadTable } from './load-table.ts'
import { balance, stepsSchema } from './preprocess/index.ts'
import type { Balance, StepConfig, TableColumns, TableRows } from './preprocess/index.ts'
import { readTableFields } from './read-table.ts'
import type { ReadTableOptions } from './read-table.ts'

/** Rows parted by a column of their own. */
export interface SplitByColumn {
  /**
   * `stratified`: each value has its share on both sides. `grouped`: no value is on both sides.
   * `time`: the latest rows are kept aside; numbers, or dates in ISO 8601.
   */
  readonly type: 'stratified' | 'grouped' | 'time'
  /** The name of the column. */
  readonly by: string
}

/** How rows are parted; `stratified` alone goes by the target. */
export type TableSplit = ValidationFrom | SplitByColumn

/** Where the rows come from: exactly one of these. */
export interface TableSource {
  /** A file of delimited text or JSON lines, gzipped or not. */
  readonly file?: string | undefined
  /** Objects whose keys are the names of columns, as database clients give them. */
  readonly rows?: TableRows | undefined
  /** Columns of equal length by name: typed arrays, or arrays of numbers, texts, booleans and dates. */
  readonly columns?: TableColumns | undefined
}

/** Options of `table`. */
export interface TableOptions extends TableSource, ReadTableOptions {
  /** The column to predict. */
  readonly target: string
  /** Default: `regression` for a target of numbers, `classification` for any other. */
  readonly task?: 'classification' | 'regression' | undefined
  /** The classes in the order of their numbers. Default: those of the training rows, sorted. */
  readonly classes?: readonly string[] | undefined
  /**
   * Steps that are fitted on the training rows and saved with the weights. Default:
   * `preprocess.defaults(target)`.
   */
  readonly preprocess?: readonly StepConfig[] | undefined
  /** How classes of unequal size are balanced in training. Default: `none`. */
  readonly balance?: Balance | undefined
  /** A fraction below 1, a number of rows, or a fold as `{ fold, of }`. Default: 0.2. */
  readonly validation?: ValidationSize | undefined
  /** Default: `random`, drawn by the run's seed. */
  readonly validationFrom?: TableSplit | undefined
  /** Rows to measure with after training: a file, or a part of the rows. Default: none. */
  readonly test?: string | ValidationSize | undefined
  /** How a part is chosen. Default: `random`, drawn by the run's seed. */
  readonly testFrom?: TableSplit | undefined
  /**
   * What a row that cannot be read, or whose target cannot be used, does: `skip` leaves it out and
   * says so. Default: `error`.
   */
  readonly onBadSample?: OnBadSample | undefined
}

/** The config of `table`; with `rows` or `columns` it holds data, and so is no JSON. */
export interface TableConfig extends TableOptions {
  readonly type: 'table'
}

/** The config with the defaults filled in. */
export interface ResolvedTable extends TableConfig {
  readonly balance: Balance
  readonly validation: ValidationSize
  readonly validationFrom: TableSplit
  readonly test: string | ValidationSize
  readonly testFrom: TableSplit
  readonly onBadSample: OnBadSample
}

/**
 * Samples out of rows: `x` float32, one number a feature, and `y` the class (int32) or a number
 * (float32 `[1]`). Files are read and steps are fitted when a run begins, on every core.
 *
 * @throws `AttuneError`, when a run begins: `IO`, `CORRUPT`, or `DATA` naming file, row and column.
 * @example
 * ```ts
 * table({ file: 'titanic.csv', target: 'Survived', task: 'classification', only: ['Survived', 'Sex', 'Age'] })
 * table({ columns: { size: Float32Array.of(50, 80, 110), price: [150, 240, 330] }, target: 'price' })
 * ```
 */
export function table(given: TableOptions): TableConfig {
  return { type: 'table', ...given }
}

const byColumn = options({
  type: choice(['stratified', 'grouped', 'time']),
  by: text('the name of a column'),
})

const splitSchema = oneOf('first, last, random, stratified, or { type, by } with a column', [
  validationFrom,
  byColumn,
])

const inMemory = (words: string, isOne: (value: object) => boolean): z.ZodType =>
  z.custom((value) => typeof value === 'object' && value !== null && isOne(value), {
    error: ({ input }) => `expected ${words}, got ${show(input)}`,
  })

/** What `table` and the tables of the package have in common: steps and parts. */
export const partFields: z.ZodRawShape = {
  preprocess: stepsSchema.optional(),
  balance: balance.default('none'),
  validation: validationSize.default(0.2),
  validationFrom: splitSchema.default('random'),
  test: oneOf('the path of a file, or a part of the rows', [
    text('the path of a file'),
    validationSize,
  ]).default(0),
  testFrom: splitSchema.default('random'),
}

/** How `table` is checked and loaded. */
export const tableData: DataDefinition<TableConfig, ResolvedTable> = {
  type: 'table',
  schema: options({
    type: z.literal('table'),
    file: text('the path of a file').optional(),
    rows: inMemory('an array of objects', Array.isArray).optional(),
    columns: inMemory('columns by name', (value) => !Array.isArray(value)).optional(),
    ...readTableFields,
    target: text('the name of the column to predict'),
    task: choice(['classification', 'regression']).optional(),
    classes: list('names', z.string()).optional(),
    ...partFields,
    onBadSample: onBadSample.default('error'),
  }) as never,
  load: loadTable,
}
