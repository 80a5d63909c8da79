// `attune eval`: measures a saved run on its test part, or on validation where there is none.

import type { Part } from '../data/index.ts'
import { reportText } from '../metrics/index.ts'
import type { MetricDetail } from '../metrics/index.ts'
import { UsageError, writeLine } from './io.ts'
import type { CommonOptions, Io } from './io.ts'
import { loadRun } from './run-file.ts'

/** Options of `eval`. */
export interface EvalOptions extends CommonOptions {
  readonly part?: string
  readonly report?: boolean
}

const parts: readonly string[] = ['train', 'validation', 'test']

/**
 * Measures a run; the exit code.
 *
 * @example
 * ```ts
 * process.exitCode = await evaluateRun('runs/digits-cnn', { set: [] }, io)
 * ```
 */
export async function evaluateRun(source: string, options: EvalOptions, io: Io): Promise<number> {
  const { part, json, report } = options
  if (part !== undefined && !parts.includes(part)) {
    throw new UsageError(`--part expects one of ${parts.join(', ')}, got ${part}`)
  }
  const trainer = await loadRun(source, options)
  const found = await trainer.evaluate(part as Part | undefined, { report })
  if (json === true) {
    writeLine(io, { type: 'end', ...found })
    return 0
  }
  const { loss, metrics, details = {}, samples } = found
  const named = Object.entries({ loss, ...metrics })
  for (const [name, value] of named) io.out(`${name} ${value.toFixed(4)}\n`)
  for (const [name, detail] of Object.entries(details)) io.out(`${name}\n${tableOf(detail)}`)
  io.out(`${samples} samples\n`)
  if (found.report !== undefined) io.out(`\n${reportText(found.report)}`)
  return 0
}

/** Numbers in columns: a row for each class, or one row. */
function tableOf(detail: MetricDetail): string {
  const rows = detail.map((row) => (typeof row === 'number' ? [row] : row))
  const lines = typeof detail[0] === 'number' ? [rows.flat()] : rows
  const text = lines.map((row) =>
    row.map((own) => (Number.isInteger(own) ? `${own}` : own.toFixed(4))),
  )
  const width = Math.max(0, ...text.flat().map(({ length }) => length))
  return text.map((row) => `${row.map((own) => `  ${own.padStart(width)}`).join('')}\n`).join('')
}
