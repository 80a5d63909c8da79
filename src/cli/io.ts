// Where a command writes: text for people, or one JSON object a line for programs.

/** The streams of a command; tests give their own. */
export interface Io {
  out(text: string): void
  err(text: string): void
  /** Whether a person watches: lines may be redrawn. */
  readonly tty: boolean
  /** The width of the terminal in characters. */
  readonly columns: number
  /** Asked to stop, as by Ctrl-C. */
  readonly signal: AbortSignal
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean
  readonly set: readonly string[]
  readonly seed?: string
  readonly threads?: string
  /** The config that a saved run was trained with, for classes of one's own. */
  readonly config?: string
}

/** Wrong usage of the command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Writes a JSON line.
 *
 * @example
 * ```ts
 * writeLine(io, { type: 'end' })
 * ```
 */
export function writeLine(io: Io, value: unknown): void {
  io.out(`${JSON.stringify(value)}\n`)
}
