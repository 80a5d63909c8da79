// Tables as people have them in memory: columns by name, or rows.

import { show } from '../../../config/index.ts'
import { AttuneError, guarded } from '../../../errors/index.ts'
import { native } from '../../../native.ts'
import type { NativeTable } from '../../../native.ts'
import { Table } from '../file-table.ts'
import type { ColumnKind } from '../read-table.ts'

/** The values of a column; NaN, `null` and `undefined` are missing. */
export type ColumnValues =
  | Float64Array
  | Float32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly unknown[]

/** Columns of equal length by name. */
export type TableColumns = Readonly<Record<string, ColumnValues>>

/** Rows: objects whose keys are the names of columns; what a row lacks is missing. */
export type TableRows = readonly Readonly<Record<string, unknown>>[]

/** A table: columns, rows, or one that was read. */
export type TableInput = TableColumns | TableRows | Table

/**
 * The native table of columns or rows, which are copied.
 *
 * @param known kinds of columns where they are known; others are told by the values.
 * @throws `AttuneError` `DATA` or `DTYPE` naming the column that cannot be used.
 * @example
 * ```ts
 * const table = await nativeTable([{ age: 31, city: 'Oslo' }, { age: 47 }])
 * ```
 */
export async function nativeTable(
  given: TableInput,
  known: readonly { readonly name: string; readonly kind: ColumnKind }[] = [],
): Promise<NativeTable> {
  if (typeof given !== 'object' || given === null || ArrayBuffer.isView(given)) {
    throw new AttuneError('DATA', `expected columns by name, or rows, got ${show(given)}`)
  }
  if (given instanceof Table) return given.native
  const columns = Array.isArray(given) ? byColumn(given as TableRows) : (given as TableColumns)
  const names = Object.keys(columns)
  if (names.length === 0) {
    throw new AttuneError('DATA', `expected at least one column, got ${show(given)}`)
  }
  const kinds = known.filter(({ name }) => Object.hasOwn(columns, name))
  const kindsByName = Object.fromEntries(kinds.map(({ name, kind }) => [name, kind]))
  const values = Object.values(columns) as unknown[][]
  return guarded(native().Table.fromColumns(names, values, JSON.stringify(kindsByName)))
}

function byColumn(rows: TableRows): TableColumns {
  const columns = new Map<string, unknown[]>()
  rows.forEach((row, at) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      throw new AttuneError('DATA', `row ${at}: expected an object of values, got ${show(row)}`)
    }
    for (const [name, value] of Object.entries(row)) {
      const column = columns.get(name) ?? Array.from({ length: rows.length }, () => null)
      columns.set(name, column)
      column[at] = value
    }
  })
  return Object.fromEntries(columns)
}
