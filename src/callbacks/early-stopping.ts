// Early stopping: ends a run whose monitored value has not improved for `patience` epochs.

import { z } from 'zod'

import { choice, flag, number, options, wholeNumber } from '../config/index.ts'
import type { Callback, CallbackDefinition, Decision, TrainingState } from './define.ts'
import { modeOf, monitored, monitorField, requireMonitor } from './monitor.ts'
import type { MonitorMode } from './monitor.ts'

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions {
  /** What is watched: `loss`, `train.<metric>`, `val.loss`, `val.<metric>`. Default: `val.loss`. */
  readonly monitor?: string | undefined
  /** Epochs since the best one after which the run ends, at least 1. Default: 3. */
  readonly patience?: number | undefined
  /** An improvement is a change by more than this, at least 0. Default: 0. */
  readonly minDelta?: number | undefined
  /**
   * Whether less or more is better. Default: `max` for accuracies and other scores, `min` for losses
   * and errors.
   */
  readonly mode?: MonitorMode | undefined
  /** Whether the weights of the best epoch are put back, whatever ends the run. Default: false. */
  readonly restoreBest?: boolean | undefined
  /** The value to improve on from the first epoch. Default: none. */
  readonly baseline?: number | undefined
  /** Epochs of the run that are let pass before anything is watched, at least 0. Default: 0. */
  readonly startFrom?: number | undefined
}

/** The config of `earlyStopping`. */
export interface EarlyStoppingConfig extends EarlyStoppingOptions {
  readonly type: 'earlyStopping'
}

/** `EarlyStoppingConfig` with its defaults filled in. */
export interface ResolvedEarlyStopping {
  readonly type: 'earlyStopping'
  readonly monitor: string
  readonly patience: number
  readonly minDelta: number
  readonly mode?: MonitorMode | undefined
  readonly restoreBest: boolean
  readonly baseline?: number | undefined
  readonly startFrom: number
}

/**
 * Ends the run at the `patience`-th epoch after the best one. A value that is NaN is no
 * improvement.
 *
 * @example
 * ```ts
 * earlyStopping({ monitor: 'val.loss', patience: 3, restoreBest: true })
 * ```
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): EarlyStoppingConfig {
  return { type: 'earlyStopping', ...options }
}

interface Remembered {
  best: number | null
  waited: number
  kept: boolean
  epochs: number
}

class EarlyStopping implements Callback {
  readonly #config: ResolvedEarlyStopping
  readonly #where: string
  #memory: Remembered

  constructor(config: ResolvedEarlyStopping, where: string) {
    this.#config = config
    this.#where = where
    this.#memory = { best: config.baseline ?? null, waited: 0, kept: false, epochs: 0 }
  }

  onStart(state: TrainingState): void {
    requireMonitor(this.#config.monitor, state, this.#where)
  }

  onEpoch(state: TrainingState): Decision | undefined {
    const { monitor, patience, restoreBest, startFrom } = this.#config
    const value = monitored(monitor, state)
    this.#memory.epochs += 1
    if (this.#memory.epochs <= startFrom) return undefined
    if (this.#improves(value)) {
      this.#memory = { ...this.#memory, best: value, waited: 0, kept: restoreBest }
      return restoreBest ? { keep: true } : undefined
    }
    this.#memory.waited += 1
    if (this.#memory.waited < patience) return undefined
    const best = this.#memory.best === null ? 'never a number' : `best ${this.#memory.best}`
    const reason = `${monitor} has not improved for ${patience} epochs (${best})`
    return { stop: true, reason }
  }

  onEnd(): Decision {
    return { restore: this.#memory.kept }
  }

  state(): Remembered {
    return { ...this.#memory }
  }

  restore(state: unknown): void {
    this.#memory = { ...(state as Remembered) }
  }

  #improves(value: number): boolean {
    const { minDelta, mode, monitor } = this.#config
    const { best } = this.#memory
    if (Number.isNaN(value)) return false
    if (best === null) return true
    return modeOf(monitor, mode) === 'max' ? value > best + minDelta : value < best - minDelta
  }
}

/** How `earlyStopping` is checked and made. */
export const earlyStoppingCallback: CallbackDefinition<EarlyStoppingConfig, ResolvedEarlyStopping> =
  {
    type: 'earlyStopping',
    schema: options({
      type: z.literal('earlyStopping'),
      monitor: monitorField,
      patience: wholeNumber(1).default(3),
      minDelta: number({ from: 0 }).default(0),
      mode: choice(['min', 'max']).optional(),
      restoreBest: flag().default(false),
      baseline: number().optional(),
      startFrom: wholeNumber(0).default(0),
    }),
    make: (config, where) => new EarlyStopping(config, where),
  }
