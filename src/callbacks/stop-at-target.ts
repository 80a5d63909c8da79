// Stopping at a target: a monitored value is good enough.

import { z } from 'zod'

import { choice, number, options } from '../config/index.ts'
import type { CallbackDefinition } from './define.ts'
import { modeOf, monitored, monitorField, requireMonitor } from './monitor.ts'
import type { MonitorMode } from './monitor.ts'

/** Options of `stopAtTarget`. */
export interface StopAtTargetOptions {
  /** The value that is good enough. */
  readonly target: number
  /** What is watched: `loss`, `train.<metric>`, `val.loss`, `val.<metric>`. Default: `val.loss`. */
  readonly monitor?: string | undefined
  /** Whether less or more is better. Default: by the name, as in `earlyStopping`. */
  readonly mode?: MonitorMode | undefined
}

/** The config of `stopAtTarget`. */
export interface StopAtTargetConfig extends StopAtTargetOptions {
  readonly type: 'stopAtTarget'
}

interface ResolvedStopAtTarget {
  readonly type: 'stopAtTarget'
  readonly target: number
  readonly monitor: string
  readonly mode?: MonitorMode | undefined
}

/**
 * Ends the run after the first epoch whose value reaches the target.
 *
 * @example
 * ```ts
 * stopAtTarget({ monitor: 'val.accuracy', target: 0.99 })
 * ```
 */
export function stopAtTarget(options: StopAtTargetOptions): StopAtTargetConfig {
  return { type: 'stopAtTarget', ...options }
}

/** How `stopAtTarget` is checked and made. */
export const stopAtTargetCallback: CallbackDefinition<StopAtTargetConfig, ResolvedStopAtTarget> = {
  type: 'stopAtTarget',
  schema: options({
    type: z.literal('stopAtTarget'),
    target: number(),
    monitor: monitorField,
    mode: choice(['min', 'max']).optional(),
  }),
  make: ({ target, monitor, mode }, where) => ({
    onStart: (state) => requireMonitor(monitor, state, where),
    onEpoch: (state) => {
      const value = monitored(monitor, state)
      const reached = modeOf(monitor, mode) === 'max' ? value >= target : value <= target
      return reached
        ? { stop: true, reason: `${monitor} has reached ${target} (${value})` }
        : undefined
    },
  }),
}
