// A log of all events, one JSON object a line.

import { z } from 'zod'

import { flag, options } from '../config/index.ts'
import type { CallbackDefinition } from './define.ts'
import { fileField, LogFile } from './log-file.ts'

/** Options of `jsonlLogger`. */
export interface JsonlLoggerOptions {
  /** The file; its folder is made. */
  readonly file: string
  /** Whether what the file holds stays. Default: false. */
  readonly append?: boolean | undefined
}

/** The config of `jsonlLogger`. */
export interface JsonlLoggerConfig extends JsonlLoggerOptions {
  readonly type: 'jsonlLogger'
}

interface ResolvedJsonlLogger {
  readonly type: 'jsonlLogger'
  readonly file: string
  readonly append: boolean
}

/**
 * Writes every event of the run to a file, one JSON object a line: the same that a run folder's
 * `events.jsonl` holds. NaN and infinities are `null` there.
 *
 * @example
 * ```ts
 * jsonlLogger({ file: 'logs/run.jsonl' })
 * ```
 */
export function jsonlLogger(options: JsonlLoggerOptions): JsonlLoggerConfig {
  return { type: 'jsonlLogger', ...options }
}

/** How `jsonlLogger` is checked and made. */
export const jsonlLoggerCallback: CallbackDefinition<JsonlLoggerConfig, ResolvedJsonlLogger> = {
  type: 'jsonlLogger',
  schema: options({
    type: z.literal('jsonlLogger'),
    file: fileField,
    append: flag().default(false),
  }),
  make: ({ file, append }) => {
    const log = new LogFile(file)
    let goesOn = append
    return {
      onStart: async () => void (await log.begin(goesOn)),
      onEvents: (events) => log.add(events.map((event) => `${JSON.stringify(event)}\n`).join('')),
      state: () => ({ begun: true }),
      restore: () => (goesOn = true),
    }
  },
}
