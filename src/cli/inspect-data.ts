// `attune inspect data`: what the data of a config consist of, and a sheet of samples as steps see them.

import { describeData, resolveData } from '../data/index.ts'
import type { ClassBalance, DataDescription, Figures } from '../data/index.ts'
import { parseRun } from '../trainer/index.ts'
import { readConfig } from './config-file.ts'
import { writeLine } from './io.ts'
import type { CommonOptions, Io } from './io.ts'
import { table } from './table.ts'
import { tableText } from './table-text.ts'

/** Bars of the class balance are this wide at most. */
const barWidth = 24
/** Left-out samples that are printed; JSON has them all. */
const mostShown = 10

/**
 * Prints types, ranges, class balance, lengths, duplicates and what was left out; the exit code.
 *
 * @example
 * ```ts
 * process.exitCode = await inspectData('digits-cnn', { set: [] }, io)
 * ```
 */
export async function inspectData(source: string, options: CommonOptions, io: Io): Promise<number> {
  const { config } = await readConfig(source, options)
  const { data, seed } = parseRun(config)
  const resolved = await resolveData(data, { seed })
  const described = await describeData(resolved)
  if (options.json === true) {
    writeLine(io, { type: 'data', data: data.type, ...described })
    writeLine(io, { type: 'end' })
    return 0
  }
  io.out(textOf(described))
  return 0
}

function textOf(described: DataDescription): string {
  const { samples, duplicates, leaks, x, y, balance, lengths, skipped } = described
  const parts = (['train', 'validation', 'test'] as const).filter((name) => samples[name] > 0)
  const rows = parts.map((name) => [
    name,
    count(samples[name]),
    duplicates[name] === undefined ? '' : count(duplicates[name]),
    leaks[name] === undefined ? '' : count(leaks[name]),
  ])
  const columns = [
    ['x', kind(x), figures(x.figures)],
    ['y', kind(y), balance === undefined ? figures(y.figures) : `${balance.length} classes`],
  ]
  const left = skipped.slice(0, mostShown).map(({ sample, reason }) => `  ${sample}: ${reason}\n`)
  return [
    table([['part', 'samples', 'duplicates', 'in train too'], ...rows]),
    `\n${table(columns)}`,
    lengths === undefined
      ? ''
      : `lengths  ${lengths.least} to ${lengths.most}, median ${lengths.median}\n`,
    balance === undefined ? '' : `\n${table(bars(balance))}`,
    described.table === undefined ? '' : `\n${tableText(described.table)}`,
    skipped.length === 0 ? '' : `\nleft out ${count(skipped.length)} samples\n${left.join('')}`,
  ].join('')
}

function bars(balance: readonly ClassBalance[]): string[][] {
  const most = Math.max(1, ...balance.map(({ train }) => train))
  const rows = balance.map(({ class: label, name = String(label), train, validation, test }) => [
    name,
    count(train),
    count(validation),
    count(test),
    '█'.repeat(Math.round((barWidth * train) / most)),
  ])
  return [['class', 'train', 'validation', 'test', ''], ...rows]
}

function kind({ dtype, shape }: { dtype: string; shape: readonly number[] }): string {
  return `${dtype} [${shape.join(', ')}]`
}

function figures(found: Figures | undefined): string {
  if (found === undefined) return ''
  const [least, most, mean, deviation] = [
    found.minimum,
    found.maximum,
    found.mean,
    found.standardDeviation,
  ].map((value) => String(Number(value.toPrecision(4))))
  return `${least} to ${most}, mean ${mean}, deviation ${deviation}`
}

function count(value: number): string {
  return value.toLocaleString('en')
}
