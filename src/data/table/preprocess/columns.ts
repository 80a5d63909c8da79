// Which columns a step takes: by name, by pattern, by kind, less some.

import type { z } from 'zod'

import { choice, list, oneOf, options, text } from '../../../config/index.ts'
import type { ColumnKind } from '../read-table.ts'

/** Columns by more than their names. */
export interface ColumnQuery {
  /** Names, in which `*` stands for any letters and `?` for one. Default: all. */
  readonly names?: readonly string[] | undefined
  /** Default: the kinds that suit the step. */
  readonly kind?: ColumnKind | undefined
  /** Names and patterns of columns that are left alone. Default: none. */
  readonly except?: readonly string[] | undefined
}

/**
 * A column, several, or a query. A pattern takes the columns that suit the step; a whole name takes
 * its column whatever it holds, and is the one way to take the target.
 */
export type ColumnChoice = string | readonly string[] | ColumnQuery

/** What every step may be told. */
export interface StepColumns {
  /** Default: all columns that suit the step, less the target. */
  readonly columns?: ColumnChoice | undefined
}

const names = list('names of columns', text('the name of a column'))

/** The schema of a choice of columns; what it gives is a query. */
export const columnChoice: z.ZodType<ColumnQuery, ColumnChoice> = oneOf(
  'the name of a column, an array of names, or { names, kind, except }',
  [
    text('the name of a column'),
    names.min(1, { error: 'expected at least one name of a column' }),
    options({
      names: names.optional(),
      kind: choice(['number', 'text', 'boolean']).optional(),
      except: names.default([]),
    }),
  ],
).transform(queryOf) as never

/** The field that every step may have. */
export const columnsField: { readonly columns: z.ZodPrefault<typeof columnChoice> } = {
  columns: columnChoice.prefault({}),
}

function queryOf(given: ColumnChoice): ColumnQuery {
  if (typeof given === 'string') return { names: [given] }
  return Array.isArray(given) ? { names: given as string[] } : (given as ColumnQuery)
}
