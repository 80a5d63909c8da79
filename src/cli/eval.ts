// `attune eval`: measures a saved run on its test part, or on validation where there is none.

import type { Part } from '../trainer/index.ts'
import { UsageError, writeLine } from './io.ts'
import type { CommonOptions, Io } from './io.ts'
import { loadRun } from './run-file.ts'

/** Options of `eval`. */
export interface EvalOptions extends CommonOptions {
  readonly part?: string
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
  const { part, json } = options
  if (part !== undefined && !parts.includes(part)) {
    throw new UsageError(`--part expects one of ${parts.join(', ')}, got ${part}`)
  }
  const trainer = await loadRun(source, options)
  const { loss, metrics, samples } = await trainer.evaluate(part as Part | undefined)
  if (json === true) {
    writeLine(io, { type: 'end', loss, metrics, samples })
    return 0
  }
  const named = Object.entries({ loss, ...metrics })
  for (const [name, value] of named) io.out(`${name} ${value.toFixed(4)}\n`)
  io.out(`${samples} samples\n`)
  return 0
}
