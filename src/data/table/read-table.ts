// Reading files of rows: delimited text and JSON lines, gzipped or not, told by the file's name.

import { z } from 'zod'

import { choice, flag, list, show, text } from '../../config/index.ts'
import { AttuneError, guard, guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { NativeTable } from '../../native.ts'
import type { Skipped } from '../define.ts'
import type { OnBadSample } from '../on-bad-sample.ts'

/** What a column holds. */
export type ColumnKind = 'number' | 'text' | 'boolean'

/** How files of rows are read. */
export interface ReadTableOptions {
  /**
   * `csv`: delimited text. `jsonl`: one JSON object a line. Default: by the file's name, `.jsonl` and
   * `.ndjson`, any other being delimited text; `.gz` behind it does not count.
   */
  readonly format?: 'csv' | 'jsonl' | undefined
  /** One ASCII character. Default: a tab for `.tsv` and `.tab`; else told by the first rows. */
  readonly delimiter?: string | undefined
  /** Stands around fields, doubled inside; `null` for none. Default: `"`. */
  readonly quote?: string | null | undefined
  /** Lines that begin with this character are left out. Default: none. */
  readonly comment?: string | undefined
  /** Whether the first row names the columns. Default: true. */
  readonly header?: boolean | undefined
  /** Names of the columns, instead of those of the header. Default: `column1`, ... without one. */
  readonly names?: readonly string[] | undefined
  /** What columns hold, by name. Default: told by all values. */
  readonly kinds?: Readonly<Record<string, ColumnKind>> | undefined
  /** The columns to read. Default: all. */
  readonly only?: readonly string[] | undefined
  /** What is written where a value is missing. Default: pandas' markers and `?`; in JSON, null. */
  readonly missing?: readonly string[] | undefined
  /** The decimal mark. Default: a point. */
  readonly decimal?: string | undefined
  /** Whether blanks around unquoted fields are left out. Default: true. */
  readonly trim?: boolean | undefined
  /** The name of an encoding, such as `windows-1252`. Default: told by the file, else UTF-8. */
  readonly encoding?: string | undefined
}

const character = z.string().refine((mark) => /^[\x20-\x7e\t]$/.test(mark), {
  error: ({ input }) => `expected one ASCII character, got ${show(input)}`,
})
const name = text('the name of a column')

/** The fields of `ReadTableOptions`. */
export const readTableFields: z.ZodRawShape = {
  format: choice(['csv', 'jsonl']).optional(),
  delimiter: character.optional(),
  quote: character.nullable().optional(),
  comment: character.optional(),
  header: flag().optional(),
  names: list('names', name).optional(),
  kinds: z.record(name, choice(['number', 'text', 'boolean'])).optional(),
  only: list('names', name).optional(),
  missing: list('texts', z.string()).optional(),
  decimal: character.optional(),
  trim: flag().optional(),
  encoding: text('the name of an encoding').optional(),
}

/** Rows of a file. */
export interface FileTable {
  readonly table: NativeTable
  /** Rows that could not be read and were left out. */
  readonly skipped: readonly Skipped[]
}

/**
 * Reads a file of rows away from Node's thread, on every core.
 *
 * @param where the config path of the file, for messages.
 * @throws `AttuneError` `IO`, `CORRUPT`, `DATA` naming the first bad row and its line, or `CONFIG` for
 *   columns that the file has not.
 * @example
 * ```ts
 * const { table } = await readFileTable('adult.csv.gz', { header: false }, 'error', 'data.file')
 * ```
 */
export async function readFileTable(
  file: string,
  given: ReadTableOptions,
  onBadSample: OnBadSample,
  where: string,
): Promise<FileTable> {
  const { Table } = guard(native, where)
  const { lines, json } = nativeOptions(file, given, where)
  const options = JSON.stringify({ ...json, onBadSample })
  const reading = lines ? Table.readJsonLines(file, options) : Table.readCsv(file, options)
  const table = await guarded(reading, where)
  return { table, skipped: guard(() => skippedOf(table, file), where) }
}

/**
 * The options of delimited text as the binding takes them, which `predict` reads files by.
 *
 * @example
 * ```ts
 * csvOptions('rows.tsv', {}) // { delimiter: '\t' }
 * ```
 */
export function csvOptions(file: string, given: ReadTableOptions): Record<string, unknown> {
  const { format: _, ...rest } = given
  const isTabbed = /\.(tsv|tab)(\.gz)?$/i.test(file)
  return isTabbed && rest.delimiter === undefined ? { ...rest, delimiter: '\t' } : rest
}

function nativeOptions(
  file: string,
  given: ReadTableOptions,
  where: string,
): { lines: boolean; json: Record<string, unknown> } {
  const lines = given.format === 'jsonl' || isJsonLines(file, given)
  if (!lines) return { lines, json: csvOptions(file, given) }
  const { format: _, kinds, only, missing, encoding, ...rest } = given
  const stranger = Object.entries(rest).find(([, value]) => value !== undefined)?.[0]
  if (stranger !== undefined) {
    const message = `${where}: expected options of JSON lines, got \`${stranger}\`, which is one of CSV`
    throw new AttuneError('CONFIG', `${message}: leave it out, or say \`format: 'csv'\``)
  }
  return { lines, json: { kinds, only, missing, encoding } }
}

/**
 * Whether a file is one of JSON lines, by its name unless `format` says so.
 *
 * @example
 * ```ts
 * isJsonLines('rows.ndjson.gz', {}) // true
 * ```
 */
export function isJsonLines(file: string, { format }: ReadTableOptions): boolean {
  return format === undefined && /\.(jsonl|ndjson)(\.gz)?$/i.test(file)
}

function skippedOf(table: NativeTable, file: string): Skipped[] {
  const { count, examples } = JSON.parse(table.skipped) as { count: number; examples: string[] }
  const skipped = examples.map((reason) => ({ sample: file, reason }))
  const more = count - examples.length
  return more === 0 ? skipped : [...skipped, { sample: file, reason: `and ${more} more rows` }]
}
