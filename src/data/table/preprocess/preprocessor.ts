// Fitted steps: what they make of any table, back again, and as JSON.

import { z } from 'zod'

import { list, number, options, parse, show, text, wholeNumber } from '../../../config/index.ts'
import { AttuneError, guard, guarded } from '../../../errors/index.ts'
import { native } from '../../../native.ts'
import type { NativePreparedRows, NativePreprocessor, NativeTable } from '../../../native.ts'
import { onBadSample } from '../../on-bad-sample.ts'
import type { OnBadSample } from '../../on-bad-sample.ts'
import type { ColumnKind } from '../read-table.ts'
import type { PreprocessReport } from './report.ts'
import { stepsSchema } from './steps.ts'
import type { StepConfig } from './steps.ts'
import { nativeTable } from './table-input.ts'
import type { TableColumns, TableInput } from './table-input.ts'

/** Options of `preprocessor`. */
export interface PreprocessorOptions {
  /** Default: `preprocess.defaults(target)`. */
  readonly steps?: readonly StepConfig[] | undefined
  /** The column to predict, which is no feature. Default: none. */
  readonly target?: string | undefined
  /** The numbers of the rows to fit on. Default: all. */
  readonly rows?: Uint32Array | readonly number[] | undefined
  /** Draws the folds of `targetEncode`. Default: 0. */
  readonly seed?: number | undefined
  /** How many rows and values a finding lists at most. Default: 5. */
  readonly examples?: number | undefined
}

/** Options of `Preprocessor.apply`. */
export interface ApplyOptions {
  /** The numbers of the rows. Default: all. */
  readonly rows?: Uint32Array | readonly number[] | undefined
  /**
   * `evaluate`: bad rows are left out as in training, true outliers stay. `predict`: every row gets
   * an answer, and the target is not looked at. Default: `predict`.
   */
  readonly purpose?: 'evaluate' | 'predict' | undefined
  /**
   * What a row to predict does that a step would leave out: `skip` leaves it out. Default: `error`.
   */
  readonly onBadSample?: OnBadSample | undefined
  /** How many rows and values a finding lists at most. Default: 5. */
  readonly examples?: number | undefined
}

/** Rows after all steps. */
export interface PreparedTable {
  /** The features, row after row. */
  readonly x: Float32Array
  /** Rows and features. */
  readonly shape: readonly [number, number]
  /** The number that each row has in the table. */
  readonly rows: Uint32Array
  /** The target as the steps left it, where the table has it. */
  readonly target: TableColumns[string] | undefined
  readonly report: PreprocessReport
  /** The report as lines for people. */
  readonly reportText: string
}

const numbers = z.custom<Uint32Array | readonly number[]>(
  (value) => value instanceof Uint32Array || Array.isArray(value),
  { error: ({ input }) => `expected the numbers of rows, got ${show(input)}` },
)

const fitSchema = options({
  steps: stepsSchema.optional(),
  target: text('the name of a column').optional(),
  rows: numbers.optional(),
  seed: wholeNumber().default(0),
  examples: wholeNumber().default(5),
})

const applySchema = options({
  rows: numbers.optional(),
  purpose: z.enum(['evaluate', 'predict']).default('predict'),
  onBadSample: onBadSample.default('error'),
  examples: wholeNumber().default(5),
})

const valuesSchema = list('numbers', number())

/** Steps that learned from the training rows: they change any rows the same way. */
export class Preprocessor {
  readonly #native: NativePreprocessor
  /** The column to predict. */
  readonly target: string | undefined
  /** The names of the columns of `x`. */
  readonly features: readonly string[]
  /** The columns of the table that it was fitted on. */
  readonly columns: readonly { readonly name: string; readonly kind: ColumnKind }[]

  /** @internal */
  constructor(fitted: NativePreprocessor) {
    this.#native = fitted
    this.features = fitted.features
    this.columns = guard(() => JSON.parse(fitted.columns)) as Preprocessor['columns']
    this.target = (this.toJSON() as { target?: string | null }).target ?? undefined
  }

  /**
   * What the steps make of some rows.
   *
   * @throws `AttuneError` `DATA` naming the first row and column that cannot be used.
   * @example
   * ```ts
   * const { x, shape } = await fitted.apply([{ age: 31, city: 'Bergen' }])
   * ```
   */
  async apply(data: TableInput, given: ApplyOptions = {}): Promise<PreparedTable> {
    const { rows, purpose, onBadSample: bad, examples } = parse(applySchema, given, 'apply')
    const table = await nativeTable(data, this.columns)
    const made = this.#native.apply(table, numbersOf(rows), purpose, bad === 'skip', examples)
    return preparedOf(await guarded(made), this.features.length)
  }

  /**
   * The columns that features came from, as far as steps can be undone: scales and codes can, dates,
   * hashes, frequencies and means cannot and are left out.
   *
   * @param values rows of all features, one after another, as `x` is.
   * @throws `AttuneError` `DATA` where nothing can be undone.
   * @example
   * ```ts
   * const { age } = await fitted.invert(x)
   * ```
   */
  invert(values: Float32Array | readonly number[]): Promise<TableColumns> {
    return this.#back(this.features, values)
  }

  /**
   * Values of the target as they were before the steps, such as predictions of a scaled target.
   *
   * @throws `AttuneError` `CONFIG` where there is no target.
   * @example
   * ```ts
   * const prices = await fitted.invertTarget(prediction.values)
   * ```
   */
  async invertTarget(values: Float32Array | readonly number[]): Promise<TableColumns[string]> {
    const { target } = this
    if (target === undefined) {
      const message = 'invertTarget: expected a preprocessor with a target, got one without'
      throw new AttuneError('CONFIG', `${message}: name one in its options`)
    }
    return (await this.#back([target], values))[target] ?? Float64Array.from(values)
  }

  /** Steps and what they learned, as a plain JSON value. */
  toJSON(): Record<string, unknown> {
    return guard(() => JSON.parse(this.#native.toJson()) as Record<string, unknown>)
  }

  /**
   * What `toJSON` gave, or its text.
   *
   * @throws `AttuneError` `CORRUPT` for anything else.
   * @example
   * ```ts
   * const again = Preprocessor.from(JSON.parse(text))
   * ```
   */
  static from(json: unknown): Preprocessor {
    const written = typeof json === 'string' ? json : JSON.stringify(json)
    return guard(() => new Preprocessor(native().Preprocessor.fromJson(written ?? 'null')))
  }

  async #back(
    names: readonly string[],
    values: Float32Array | readonly number[],
  ): Promise<TableColumns> {
    const given =
      values instanceof Float32Array
        ? values
        : Float32Array.from(parse(valuesSchema, values, 'invert'))
    const table = await guarded(this.#native.invert([...names], given))
    return guard(() => columnsOf(table))
  }
}

/** Steps fitted on a table, and the rows that they were fitted on after all steps. */
export interface FittedPreprocessor {
  readonly preprocessor: Preprocessor
  /**
   * The training rows. They differ from what `apply` makes of them where a step keeps a row from its
   * own target.
   */
  readonly train: PreparedTable
}

/**
 * Fits steps one after another on a table, each on what the steps before it made.
 *
 * @param data columns, rows, or a table that was read.
 * @throws `AttuneError` `CONFIG` for a step or column that there is not, `DATA` naming the row and
 *   column of a value that cannot be used.
 * @example
 * ```ts
 * const { preprocessor: fitted, train } = await preprocessor(
 *   { age: [31, null, 47], city: ['Oslo', 'Bergen', 'Oslo'], bought: [true, false, true] },
 *   { target: 'bought' },
 * )
 * console.log(train.reportText)
 * ```
 */
export async function preprocessor(
  data: TableInput,
  given: PreprocessorOptions = {},
): Promise<FittedPreprocessor> {
  const { rows, ...fit } = parse(fitSchema, given, 'preprocessor')
  const table = await nativeTable(data)
  const fitting = native().Preprocessor.fit(table, numbersOf(rows), JSON.stringify(fit))
  const fitted = await guarded(fitting)
  const train = guard(() => preparedOf(fitted.takeFitted(), fitted.features.length))
  return { preprocessor: new Preprocessor(fitted), train }
}

function numbersOf(rows: Uint32Array | readonly number[] | undefined): Uint32Array | null {
  if (rows === undefined || rows instanceof Uint32Array) return rows ?? null
  return Uint32Array.from(parse(list('numbers of rows', wholeNumber()), rows, 'rows'))
}

function preparedOf(made: NativePreparedRows, width: number): PreparedTable {
  return guard(() => {
    const { rows } = made
    const target = made.target()
    return {
      x: made.x,
      shape: [rows.length, width],
      rows,
      target: target === null ? undefined : Object.values(columnsOf(target))[0],
      report: JSON.parse(made.report) as PreprocessReport,
      reportText: made.reportText,
    }
  })
}

function columnsOf(table: NativeTable): TableColumns {
  const names = (JSON.parse(table.columns()) as { name: string }[]).map(({ name }) => name)
  return Object.fromEntries(names.map((name) => [name, table.column(name)]))
}
