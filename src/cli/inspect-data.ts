// `attune inspect data`: what the data of a config consist of, and a sheet of samples as steps see them.

import { writeFileSync } from 'node:fs'

import { parse, wholeNumber } from '../config/index.ts'
import { describeData, resolveData } from '../data/index.ts'
import type { ClassBalance, DataDescription, Figures, ResolvedData } from '../data/index.ts'
import { AttuneError } from '../errors/index.ts'
import { parseRun, Trainer } from '../trainer/index.ts'
import { readConfig } from './config-file.ts'
import { contactSheet } from './contact-sheet.ts'
import { writeLine } from './io.ts'
import type { CommonOptions, Io } from './io.ts'
import { pngOf } from './png.ts'
import { table } from './table.ts'
import { tableText } from './table-text.ts'

/** Options of `attune inspect data`. */
export interface InspectDataOptions extends CommonOptions {
  /** Where the contact sheet is written. */
  readonly sheet?: string
  /** How many samples are on it. */
  readonly samples?: string
}

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
export async function inspectData(
  source: string,
  options: InspectDataOptions,
  io: Io,
): Promise<number> {
  const { config } = await readConfig(source, options)
  const { data, seed } = parseRun(config)
  const resolved = await resolveData(data, { seed })
  const described = await describeData(resolved)
  const sheet =
    options.sheet === undefined
      ? undefined
      : await drawSheet(config, resolved, options.sheet, options)
  if (options.json === true) {
    writeLine(io, { type: 'data', data: data.type, ...described })
    if (sheet !== undefined) writeLine(io, { type: 'sheet', ...sheet })
    writeLine(io, { type: 'end' })
    return 0
  }
  io.out(textOf(described))
  if (sheet !== undefined) io.out(`\n${sheetText(sheet)}`)
  return 0
}

/** A contact sheet that was written. */
interface Sheet {
  readonly file: string
  /** What is drawn, row by row: the class of each sample, or its target. */
  readonly labels: readonly string[]
  readonly perRow: number
}

/** Draws the first training samples of the first epoch, changed as steps see them. */
async function drawSheet(
  config: ConstructorParameters<typeof Trainer>[0],
  { columns, preparation }: ResolvedData,
  file: string,
  { samples = '16' }: InspectDataOptions,
): Promise<Sheet> {
  const wanted = parse(wholeNumber(1).max(400), Number(samples), '--samples')
  const trainer = new Trainer(config)
  const preview = await trainer.preview({ samples: wanted })
  const isSound = preparation?.type === 'audio'
  const sheet = contactSheet(preview, isSound, columns.x.dtype === 'uint8')
  try {
    writeFileSync(file, pngOf(sheet))
  } catch (cause) {
    const message = `--sheet: ${file} cannot be written (${(cause as Error).message}): check the path`
    throw new AttuneError('IO', message, { cause })
  }
  const size = preview.y.length / Math.max(1, preview.shape[0] ?? 1)
  const labels = Array.from({ length: preview.shape[0] ?? 0 }, (_, i) => {
    const target = Array.from(preview.y.slice(i * size, (i + 1) * size))
    return preview.classes?.[target[0] ?? 0] ?? target.join(' ')
  })
  return { file, labels, perRow: sheet.perRow }
}

function sheetText({ file, labels, perRow }: Sheet): string {
  const rows = Array.from({ length: Math.ceil(labels.length / perRow) }, (_, row) =>
    labels.slice(row * perRow, (row + 1) * perRow),
  )
  return `sheet ${file}\n${table(rows)}`
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
