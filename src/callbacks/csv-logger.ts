// A table of a run as CSV (RFC 4180): one row an epoch, or a step.

import { z } from 'zod'

import { choice, flag, options } from '../config/index.ts'
import type { CallbackDefinition } from './define.ts'
import type { MeasuredEvent, TrainingEvent } from './events.ts'
import { fileField, LogFile } from './log-file.ts'

/** Options of `csvLogger`. */
export interface CsvLoggerOptions {
  /** The file; its folder is made. */
  readonly file: string
  /** What a row stands for. Default: `epoch`. */
  readonly every?: 'epoch' | 'step' | undefined
  /** Whether what the file holds stays. Default: false. */
  readonly append?: boolean | undefined
}

/** The config of `csvLogger`. */
export interface CsvLoggerConfig extends CsvLoggerOptions {
  readonly type: 'csvLogger'
}

interface ResolvedCsvLogger {
  readonly type: 'csvLogger'
  readonly file: string
  readonly every: 'epoch' | 'step'
  readonly append: boolean
}

/**
 * Writes a table: `step`, `epoch`, `loss`, the metrics, `learningRate`, `gradientNorm` and
 * `samplesPerSecond`. Rows of steps have no validation.
 *
 * @example
 * ```ts
 * csvLogger({ file: 'logs/run.csv' })
 * ```
 */
export function csvLogger(options: CsvLoggerOptions): CsvLoggerConfig {
  return { type: 'csvLogger', ...options }
}

const last = ['learningRate', 'gradientNorm', 'samplesPerSecond'] as const

/** How `csvLogger` is checked and made. */
export const csvLoggerCallback: CallbackDefinition<CsvLoggerConfig, ResolvedCsvLogger> = {
  type: 'csvLogger',
  schema: options({
    type: z.literal('csvLogger'),
    file: fileField,
    every: choice(['epoch', 'step']).default('epoch'),
    append: flag().default(false),
  }),
  make: ({ file, every, append }) => {
    const log = new LogFile(file)
    let goesOn = append
    let metrics: readonly string[] = []
    return {
      onStart: async ({ monitors }) => {
        const measured = monitors.filter((name) => name !== 'loss')
        metrics = measured.filter((name) => every === 'epoch' || name.startsWith('train.'))
        const header = row(['step', 'epoch', 'loss', ...metrics, ...last])
        if (await log.begin(goesOn)) await log.add(header)
      },
      onEvents: (events) =>
        log.add(
          events
            .filter((event): event is MeasuredEvent => event.type === every)
            .map((event) => row(cells(event, metrics)))
            .join(''),
        ),
      state: () => ({ begun: true }),
      restore: () => (goesOn = true),
    }
  },
}

function cells(event: TrainingEvent, metrics: readonly string[]): (number | null | undefined)[] {
  const named = metrics.map((name) => event.metrics[name])
  return [event.step, event.epoch, event.loss, ...named, ...last.map((name) => event[name])]
}

function row(values: readonly (string | number | null | undefined)[]): string {
  return `${values.map(cell).join(',')}\r\n`
}

function cell(value: string | number | null | undefined): string {
  const text = String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
