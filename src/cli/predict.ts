// `attune predict`: labels with probabilities, or values, for rows given as JSON, .json or .npy.

import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'

import { AttuneError } from '../errors/index.ts'
import type { Samples } from '../trainer/index.ts'
import { writeLine } from './io.ts'
import type { CommonOptions, Io } from './io.ts'
import { readNpy } from './npy.ts'
import { loadRun } from './run-file.ts'

/**
 * Prints a prediction for each row; the exit code.
 *
 * @param rows JSON such as `[[0, 1], [2, 3]]`, or a `.json` or `.npy` file.
 * @example
 * ```ts
 * process.exitCode = await predictRows('runs/xor', '[[0, 1]]', { set: [] }, io)
 * ```
 */
export async function predictRows(
  source: string,
  rows: string,
  options: CommonOptions,
  io: Io,
): Promise<number> {
  const samples = await readRows(rows)
  const trainer = await loadRun(source, options)
  const { values, shape, classes } = await trainer.predict(samples)
  const [count = 0, width = 1] = shape
  const classifies = trainer.config.loss.type === 'crossEntropy' && shape.length === 2
  for (let i = 0; i < count; i++) {
    const one = Array.from(
      values.subarray((i * values.length) / count, ((i + 1) * values.length) / count),
    )
    if (!classifies) {
      if (options.json === true) writeLine(io, { type: 'prediction', index: i, values: one })
      else io.out(`${one.join(' ')}\n`)
      continue
    }
    const probabilities = softmax(one)
    const best = probabilities.indexOf(Math.max(...probabilities))
    const label = classes?.[best] ?? String(best)
    const probability = probabilities[best] ?? 0
    if (options.json === true) {
      const named = { index: i, label, class: best, probability, probabilities }
      writeLine(io, { type: 'prediction', ...named })
    } else {
      io.out(`${label}  ${probability.toFixed(4)}  (of ${width} classes)\n`)
    }
  }
  if (options.json === true) writeLine(io, { type: 'end', samples: count })
  return 0
}

async function readRows(rows: string): Promise<Samples> {
  const kind = extname(rows)
  const isFile = kind === '.json' || kind === '.npy'
  const bytes = isFile
    ? await readFile(rows).catch((cause: unknown) => unreadable(rows, cause))
    : undefined
  if (bytes !== undefined && kind === '.npy') return readNpy(bytes, rows).values
  try {
    const parsed: unknown = JSON.parse(bytes?.toString('utf8') ?? rows)
    if (Array.isArray(parsed)) return parsed as Samples
  } catch (cause) {
    const message = `rows: not valid JSON (${(cause as Error).message})`
    throw new AttuneError('DATA', message, { cause })
  }
  const message =
    'rows: expected an array of samples such as [[0, 1], [2, 3]], or a .json or .npy file'
  throw new AttuneError('DATA', message)
}

function softmax(scores: readonly number[]): number[] {
  const highest = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - highest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}

function unreadable(file: string, cause: unknown): never {
  const message = `${file}: cannot be read (${(cause as Error).message}): check the path`
  throw new AttuneError('IO', message, { cause })
}
