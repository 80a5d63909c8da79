// Runs the command line in this process, and keeps what it writes.

import { runCommand } from '../../src/cli/program.ts'

/** What a command did. */
export interface Outcome {
  readonly exitCode: number
  readonly out: string
  readonly err: string
  /** The JSON objects of stdout, one a line. */
  readonly lines: Record<string, unknown>[]
}

/** Runs `attune` with these arguments. */
export async function attune(args: readonly string[], signal?: AbortSignal): Promise<Outcome> {
  let out = ''
  let err = ''
  const exitCode = await runCommand(args, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    tty: false,
    columns: 80,
    signal: signal ?? new AbortController().signal,
  })
  const isJson = out.startsWith('{')
  const lines = isJson
    ? out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    : []
  return { exitCode, out, err, lines: lines as Record<string, unknown>[] }
}
