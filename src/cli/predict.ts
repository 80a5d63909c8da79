// `attune predict`: labels with probabilities, or values, as text, JSON or CSV.

import { writeLine } from './io.ts'
import type { CommonOptions, Io } from './io.ts'
import { answersOf } from './answers.ts'
import type { Answer } from './answers.ts'
import { loadRun } from './run-file.ts'
import { readSamples } from './samples.ts'

/** Options of `attune predict`. */
export interface PredictOptions extends CommonOptions {
  /** A table with a header and a row for each sample. */
  readonly csv?: boolean
}

/**
 * Prints a prediction for each sample; the exit code.
 *
 * @param words samples as JSON, a file, several files, or sentences.
 * @example
 * ```ts
 * process.exitCode = await predictSamples('runs/xor', ['[[0, 1]]'], { set: [] }, io)
 * ```
 */
export async function predictSamples(
  source: string,
  words: readonly string[],
  options: PredictOptions,
  io: Io,
): Promise<number> {
  const trainer = await loadRun(source, options)
  const prediction = await trainer.predict(await readSamples(words, trainer.preparation))
  const answers = answersOf(prediction, trainer.config.loss)
  if (options.json !== true && options.csv === true) {
    io.out(`${headerOf(answers, prediction.classes)}\n`)
  }
  for (const answer of answers) {
    if (options.json === true) writeLine(io, { type: 'prediction', ...answer })
    else io.out(`${options.csv === true ? csvOf(answer) : textOf(answer)}\n`)
  }
  if (options.json === true) writeLine(io, { type: 'end', samples: answers.length })
  return 0
}

function textOf({ name, label, probability = 0, probabilities, values = [] }: Answer): string {
  const led = name === undefined ? '' : `${name}  `
  if (label === undefined) return `${led}${values.join(' ')}`
  return `${led}${label}  ${probability.toFixed(4)}  (of ${probabilities?.length ?? 0} classes)`
}

function headerOf([first]: readonly Answer[], names: readonly string[] = []): string {
  const named = first?.name === undefined ? 'index' : 'name'
  if (first?.probabilities === undefined) {
    return [named, ...(first?.values ?? []).map((_, i) => `value${i}`)].join(',')
  }
  const classes = first.probabilities.map((_, i) => quoted(names[i] ?? `class${i}`))
  return [named, 'label', 'probability', ...classes].join(',')
}

function csvOf({ index, name, label, probability, probabilities, values = [] }: Answer): string {
  const led = quoted(name ?? String(index))
  if (label === undefined) return [led, ...values].join(',')
  return [led, quoted(label), probability, ...(probabilities ?? [])].join(',')
}

/** A field of CSV as RFC 4180 writes it. */
function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
