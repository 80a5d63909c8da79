// What steps found and changed: counts by column and rule, with some rows and values.

import type { CellValue } from './clean.ts'

/** A row, the value that it had and the value that it has. */
export interface FindingExample {
  /** The row of the table, from 0. */
  readonly row: number
  /** `null` where it was missing. */
  readonly value: CellValue | null
  readonly becomes?: CellValue
  /** The row that a duplicate repeats. */
  readonly like?: number
}

/** What one rule found in one column, or in whole rows. */
export interface Finding {
  /** The place of the step, from 0. */
  readonly step: number
  /** The type of the step; `leakage` for validation and test rows that repeat a training row. */
  readonly rule: string
  /** Absent where whole rows are meant. */
  readonly column?: string
  /** What was done: `report`, `clip`, `correct`, `drop`, `missing`, `fill` or `ignore`. */
  readonly action: string
  /** How many values, or rows. */
  readonly count: number
  /** The rule in figures, such as the range that was kept to. */
  readonly note?: string
  readonly examples: readonly FindingExample[]
}

/** All findings of one pass, in the order of the steps and columns. */
export interface PreprocessReport {
  /** Rows that came. */
  readonly rows: number
  /** Rows that were left after the last step. */
  readonly kept: number
  readonly findings: readonly Finding[]
}
