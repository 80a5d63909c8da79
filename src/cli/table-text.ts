// What a table holds, as lines: its columns as they were read, and what the steps found in each part.

import type { ColumnSummary, Finding, TableDescription } from '../data/index.ts'
import { table } from './table.ts'

/** Texts longer than this are cut. */
const mostLetters = 24
/** Frequent values that are printed; JSON has more. */
const mostValues = 3

/**
 * Columns under one another, then the findings of the steps.
 *
 * @example
 * ```ts
 * io.out(tableText(described.table))
 * ```
 */
export function tableText({ rows, columns, reports }: TableDescription): string {
  const lines = columns.map((column) => [
    column.name,
    column.kind,
    String(column.missing),
    String(column.distinct),
    range(column),
    frequent(column),
  ])
  const findings = Object.entries(reports).flatMap(([part, report]) =>
    (report?.findings ?? []).map((finding) => [part, ...cells(finding)]),
  )
  return [
    table([
      [`column of ${rows} rows`, 'kind', 'missing', 'distinct', 'range', 'frequent'],
      ...lines,
    ]),
    findings.length === 0
      ? ''
      : `\n${table([['part', 'step', 'column', 'found', 'action', 'rule'], ...findings])}`,
  ].join('')
}

function range({ range: found }: ColumnSummary): string {
  if (found === undefined) return ''
  const [least, most, mean] = [found.minimum, found.maximum, found.mean].map((value) =>
    value === null ? 'infinite' : String(Number(value.toPrecision(4))),
  )
  return `${least} to ${most}, mean ${mean}`
}

function frequent({ kind, distinct, frequent: found }: ColumnSummary): string {
  if (kind === 'number' && distinct > 10) return ''
  const shown = found.slice(0, mostValues).map(([value, count]) => `${cut(value)} ${count}`)
  return shown.join(', ')
}

function cells({ step, rule, column = 'rows', count, action, note = '' }: Finding): string[] {
  return [`${step} ${rule}`, column, String(count), action, note]
}

function cut(text: string): string {
  return text.length > mostLetters ? `${text.slice(0, mostLetters - 1)}…` : text
}
