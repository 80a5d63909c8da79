// The classification report: precision, recall and F1 of each class and their averages, as scikit-learn's.

import { averaged, classCounts, occurs, ratio, sum } from './class-counts.ts'
import type { ClassAverage, ClassCounts, ClassScore } from './class-counts.ts'
import { choicesOf, classTensors } from './classes.ts'
import type { MetricRule } from './define.ts'

/** One row of the report. */
export interface ReportRow {
  readonly precision: number
  readonly recall: number
  readonly 'f1-score': number
  /** The number of true samples. */
  readonly support: number
}

/** The report as a JSON value, in scikit-learn's layout. */
export interface ClassificationReport {
  /** By the class's name, or its number; then `macro avg` and `weighted avg`. */
  readonly [name: string]: ReportRow | number
  readonly accuracy: number
  readonly 'macro avg': ReportRow
  readonly 'weighted avg': ReportRow
}

/** Options of `classificationReport`. */
export interface ReportOptions {
  /** The names of the classes, in the order of the labels. Default: their numbers. */
  readonly names?: readonly string[] | undefined
}

const precision: ClassScore = (hits, chosen) => ratio(hits, chosen)
const recall: ClassScore = (hits, _, support) => ratio(hits, support)
const f1: ClassScore = (hits, chosen, support) => ratio(2 * hits, chosen + support)

/**
 * The report of chosen classes on arrays; `reportText` makes text of it.
 *
 * @example
 * ```ts
 * console.log(reportText(classificationReport([0, 1, 1], [0, 1, 0], { names: ['cat', 'dog'] })))
 * ```
 */
export function classificationReport(
  target: ArrayLike<number>,
  chosen: ArrayLike<number>,
  { names }: ReportOptions = {},
): ClassificationReport {
  return reportOf(classCounts(target, chosen), names)
}

/**
 * What a report counts, as a metric: of each class the hits, the chosen and the true samples.
 *
 * @example
 * ```ts
 * const metric = metricOf({ name: 'report', ...reportRule(undefined) })
 * ```
 */
export function reportRule(threshold: number | undefined): MetricRule {
  return {
    scalar: false,
    batch: (output, target) => classTensors(choicesOf('report', output, target, threshold)),
    finish: (totals) => {
      const { hits, chosen, support } = totals as ClassCounts
      return [hits, chosen, support].map((counts) => Array.from(counts))
    },
  }
}

/**
 * The report of counts. Classes that are neither chosen nor true are left out.
 *
 * @example
 * ```ts
 * const report = reportOf(classCounts(target, chosen), ['cat', 'dog'])
 * ```
 */
export function reportOf(counts: ClassCounts, names?: readonly string[]): ClassificationReport {
  const support = sum(counts.support)
  const of = (average: ClassAverage): ReportRow => ({
    precision: averaged(counts, average, precision) as number,
    recall: averaged(counts, average, recall) as number,
    'f1-score': averaged(counts, average, f1) as number,
    support,
  })
  const rows = Array.from(counts.hits, (hits, at): [string, ReportRow] => {
    const [chosen, own] = [counts.chosen[at] ?? 0, counts.support[at] ?? 0]
    const row = {
      precision: precision(hits, chosen, own),
      recall: recall(hits, chosen, own),
      'f1-score': f1(hits, chosen, own),
      support: own,
    }
    return [names?.[at] ?? String(at), row]
  })
  return {
    ...Object.fromEntries(rows.filter((_, at) => occurs(counts, at))),
    accuracy: ratio(sum(counts.hits), support),
    'macro avg': of('macro'),
    'weighted avg': of('weighted'),
  }
}

/**
 * The report as text, letter for letter as scikit-learn prints it. Classes stand in the order of their
 * labels where their names are no numbers, else in that of the numbers.
 *
 * @param digits of the scores. Default: 2.
 * @example
 * ```ts
 * console.log(reportText(report))
 * ```
 */
export function reportText(
  report: ClassificationReport,
  { digits = 2 }: { readonly digits?: number | undefined } = {},
): string {
  const { accuracy, 'macro avg': macro, 'weighted avg': weighted, ...classes } = report
  const headers = ['precision', 'recall', 'f1-score', 'support']
  const width = Math.max(
    ...Object.keys(classes).map(({ length }) => length),
    'weighted avg'.length,
    digits,
  )
  const line = (name: string, row: ReportRow): string => {
    const scores = [row.precision, row.recall, row['f1-score']].map((one) => one.toFixed(digits))
    return `${name.padStart(width)} ${[...scores, String(row.support)].map(cell).join('')}\n`
  }
  const total = `${'accuracy'.padStart(width)} ${['', '', accuracy.toFixed(digits), String(macro.support)].map(cell).join('')}\n`
  return [
    `${' '.repeat(width)} ${headers.map(cell).join('')}\n\n`,
    ...Object.entries(classes).map(([name, row]) => line(name, row as ReportRow)),
    '\n',
    total,
    line('macro avg', macro),
    line('weighted avg', weighted),
  ].join('')
}

function cell(text: string): string {
  return ` ${text.padStart(9)}`
}
