// What a table holds as it was read, and what the steps found in each part.

import { guarded } from '../../errors/index.ts'
import type { NativeTable } from '../../native.ts'
import type { PreprocessReport } from './preprocess/index.ts'
import type { ColumnKind } from './read-table.ts'

/** Figures of a column over the rows where it is not missing. */
export interface ColumnSummary {
  readonly name: string
  readonly kind: ColumnKind
  readonly missing: number
  /** How many different values there are. */
  readonly distinct: number
  /** Of numbers; `null` stands for an infinite one. */
  readonly range?: {
    readonly minimum: number | null
    readonly maximum: number | null
    readonly mean: number | null
  }
  /** The most frequent values as they are written, and how often each comes. */
  readonly frequent: readonly (readonly [string, number])[]
}

/** A table as it was read, all rows but a test file's. */
export interface TableDescription {
  readonly rows: number
  readonly columns: readonly ColumnSummary[]
  /** What the steps found and changed, by part. */
  readonly reports: Readonly<Partial<Record<'train' | 'validation' | 'test', PreprocessReport>>>
}

/**
 * Looks at all values of a table, away from Node's thread.
 *
 * @example
 * ```ts
 * const { columns } = await describeTable(table, {})
 * ```
 */
export async function describeTable(
  table: NativeTable,
  reports: TableDescription['reports'],
): Promise<TableDescription> {
  const columns = JSON.parse(await guarded(table.summary())) as readonly ColumnSummary[]
  return { rows: table.rows, columns, reports }
}
