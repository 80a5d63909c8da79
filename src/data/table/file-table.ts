// A table that was read: its columns as typed arrays, or arrays of texts and booleans.

import type { z } from 'zod'

import { options, parse } from '../../config/index.ts'
import { guard } from '../../errors/index.ts'
import type { NativeTable } from '../../native.ts'
import type { Skipped } from '../define.ts'
import { onBadSample } from '../on-bad-sample.ts'
import type { OnBadSample } from '../on-bad-sample.ts'
import { readFileTable, readTableFields } from './read-table.ts'
import type { ColumnKind, ReadTableOptions } from './read-table.ts'

/** What is known of a column. */
export interface ColumnDescription {
  readonly name: string
  readonly kind: ColumnKind
  /** How many values are missing. */
  readonly missing: number
}

/** Named columns of equal length, held natively. */
export class Table {
  /** @internal */
  readonly native: NativeTable
  readonly rows: number
  readonly columns: readonly ColumnDescription[]
  /** Rows that could not be read and were left out: the first of them, and how many more. */
  readonly skipped: readonly Skipped[]

  /** @internal */
  constructor(native: NativeTable, skipped: readonly Skipped[]) {
    this.native = native
    this.rows = native.rows
    this.columns = guard(() => JSON.parse(native.columns()) as ColumnDescription[])
    this.skipped = skipped
  }

  /**
   * A copy of a column's values: NaN or `null` where one is missing.
   *
   * @throws `AttuneError` `DATA` for a column that there is not.
   */
  column(name: string): Float64Array | readonly (string | null)[] | readonly (boolean | null)[] {
    return guard(() => this.native.column(name))
  }

  /** Copies of the rows of these numbers, in this order; repeats are allowed. */
  take(rows: Uint32Array | readonly number[]): Table {
    const numbers = rows instanceof Uint32Array ? rows : Uint32Array.from(rows)
    return guard(() => new Table(this.native.take(numbers), []))
  }
}

/** Options of `readTable`. */
export interface ReadFileOptions extends ReadTableOptions {
  /** What a row that cannot be read does: `skip` leaves it out and says so. Default: `error`. */
  readonly onBadSample?: OnBadSample | undefined
}

const schema: z.ZodType<ReadFileOptions & { readonly onBadSample: OnBadSample }> = options({
  ...readTableFields,
  onBadSample: onBadSample.default('error'),
}) as never

/**
 * Reads a file of rows, CSV, TSV or JSON lines, gzipped or not, on every core and away from Node's
 * thread.
 *
 * @throws `AttuneError` `IO`, `CORRUPT`, `CONFIG`, or `DATA` naming the first bad row and its line.
 * @example
 * ```ts
 * const table = await readTable('prices.csv.gz', { kinds: { postcode: 'text' } })
 * const prices = table.column('price') // Float64Array
 * ```
 */
export async function readTable(file: string, given: ReadFileOptions = {}): Promise<Table> {
  const { onBadSample: bad, ...rest } = parse(schema, given, 'readTable')
  const { table, skipped } = await readFileTable(file, rest, bad, '')
  return new Table(table, skipped)
}
