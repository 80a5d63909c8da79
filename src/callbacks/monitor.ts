// Monitored values: the field that names one, its reading, and whether more of it is better.

import { z } from 'zod'

import { nearest, show } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { TrainingState } from './define.ts'

/** Whether less or more is better. */
export type MonitorMode = 'min' | 'max'

/** The schema of the name of a value. Default: `val.loss`. */
export const monitorField: z.ZodDefault<z.ZodString> = z
  .string({ error: ({ input }) => `expected a name such as "val.loss", got ${show(input)}` })
  .default('val.loss')

/**
 * Refuses a name that the run does not measure.
 *
 * @param where the config path of the callback.
 * @throws `AttuneError` `CONFIG` with the nearest name.
 * @example
 * ```ts
 * requireMonitor('val.loss', state, 'callbacks.0')
 * ```
 */
export function requireMonitor(
  monitor: string,
  { monitors }: Pick<TrainingState, 'monitors'>,
  where: string,
): void {
  if (monitors.includes(monitor)) return
  const near = nearest(monitor, monitors)
  const hint = near === undefined ? '' : `; did you mean "${near}"?`
  const message = `${where}.monitor: expected one of ${monitors.join(', ')}, got`
  throw new AttuneError('CONFIG', `${message} ${show(monitor)}${hint}`)
}

/**
 * The value of the epoch that has just ended; NaN where it has none.
 *
 * @example
 * ```ts
 * monitored('val.loss', state) // 0.25
 * ```
 */
export function monitored(monitor: string, state: TrainingState): number {
  const value = monitor === 'loss' ? state.loss : state.metrics[monitor]
  return value ?? Number.NaN
}

/** Metrics of which more is better. */
const higherIsBetter = /accuracy|topk|precision|recall|f1|fbeta|auc|mcc|kappa|r2/i

/**
 * The mode that is given, or the one that the name implies: `max` for accuracies and other scores,
 * `min` for losses and errors.
 *
 * @example
 * ```ts
 * modeOf('val.accuracy') // 'max'
 * ```
 */
export function modeOf(monitor: string, mode?: MonitorMode): MonitorMode {
  return mode ?? (higherIsBetter.test(monitor) ? 'max' : 'min')
}
