// A learning rate that falls by a factor when a monitored value no longer improves.

import { z } from 'zod'

import { choice, number, options, wholeNumber } from '../config/index.ts'
import type { Callback, CallbackDefinition, Decision, TrainingState } from './define.ts'
import { modeOf, monitored, monitorField, requireMonitor } from './monitor.ts'
import type { MonitorMode } from './monitor.ts'

/** Options of `reduceOnPlateau`. */
export interface ReduceOnPlateauOptions {
  /** What is watched: `loss`, `train.<metric>`, `val.loss`, `val.<metric>`. Default: `val.loss`. */
  readonly monitor?: string | undefined
  /** What the rate is multiplied by, above 0 and below 1. Default: 0.1. */
  readonly factor?: number | undefined
  /** Epochs without an improvement that are let pass, at least 0. Default: 10. */
  readonly patience?: number | undefined
  /** By how much a value must be better than the best one, at least 0. Default: 1e-4. */
  readonly threshold?: number | undefined
  /** Whether the threshold is a share of the best value or a difference. Default: `relative`. */
  readonly thresholdMode?: 'relative' | 'absolute' | undefined
  /** Epochs after a reduction that are not counted, at least 0. Default: 0. */
  readonly cooldown?: number | undefined
  /** The rate is not reduced below this, at least 0. Default: 0. */
  readonly minRate?: number | undefined
  /** Whether less or more is better. Default: by the name, as in `earlyStopping`. */
  readonly mode?: MonitorMode | undefined
}

/** The config of `reduceOnPlateau`. */
export interface ReduceOnPlateauConfig extends ReduceOnPlateauOptions {
  readonly type: 'reduceOnPlateau'
}

interface ResolvedReduceOnPlateau {
  readonly type: 'reduceOnPlateau'
  readonly monitor: string
  readonly factor: number
  readonly patience: number
  readonly threshold: number
  readonly thresholdMode: 'relative' | 'absolute'
  readonly cooldown: number
  readonly minRate: number
  readonly mode?: MonitorMode | undefined
}

/**
 * Multiplies the learning rate by a factor at the epoch after `patience` ones without an
 * improvement: PyTorch's `ReduceLROnPlateau`. Where the optimizer has a schedule, the rates that
 * follow are multiplied, and `minRate` holds for the rate of the epoch's last step.
 *
 * @example
 * ```ts
 * reduceOnPlateau({ monitor: 'val.loss', factor: 0.5, patience: 3, minRate: 1e-5 })
 * ```
 */
export function reduceOnPlateau(options: ReduceOnPlateauOptions = {}): ReduceOnPlateauConfig {
  return { type: 'reduceOnPlateau', ...options }
}

/** Smaller reductions are left out, as in PyTorch. */
const leastReduction = 1e-8

interface Remembered {
  best: number | null
  bad: number
  /** Epochs of cooldown that are left. */
  cooling: number
}

class ReduceOnPlateau implements Callback {
  readonly #config: ResolvedReduceOnPlateau
  readonly #where: string
  #memory: Remembered = { best: null, bad: 0, cooling: 0 }

  constructor(config: ResolvedReduceOnPlateau, where: string) {
    this.#config = config
    this.#where = where
  }

  onStart(state: TrainingState): void {
    requireMonitor(this.#config.monitor, state, this.#where)
  }

  onEpoch(state: TrainingState): Decision | undefined {
    const { monitor, patience, cooldown } = this.#config
    const memory = this.#memory
    const value = monitored(monitor, state)
    if (this.#improves(value)) {
      memory.best = value
      memory.bad = 0
    } else memory.bad += 1
    if (memory.cooling > 0) {
      memory.cooling -= 1
      memory.bad = 0
    }
    if (memory.bad <= patience) return undefined
    memory.bad = 0
    memory.cooling = cooldown
    return this.#reduced(state.learningRate)
  }

  state(): Remembered {
    return { ...this.#memory }
  }

  restore(state: unknown): void {
    this.#memory = { ...(state as Remembered) }
  }

  #improves(value: number): boolean {
    const { monitor, mode, threshold, thresholdMode } = this.#config
    const { best } = this.#memory
    if (best === null) return !Number.isNaN(value)
    const sign = modeOf(monitor, mode) === 'max' ? 1 : -1
    const bound =
      thresholdMode === 'relative' ? best * (1 + sign * threshold) : best + sign * threshold
    return sign * value > sign * bound
  }

  #reduced(rate: number): Decision | undefined {
    const { factor, minRate } = this.#config
    const reduced = Math.max(rate * factor, minRate)
    return rate - reduced > leastReduction ? { scaleLearningRate: reduced / rate } : undefined
  }
}

/** How `reduceOnPlateau` is checked and made. */
export const reduceOnPlateauCallback: CallbackDefinition<
  ReduceOnPlateauConfig,
  ResolvedReduceOnPlateau
> = {
  type: 'reduceOnPlateau',
  schema: options({
    type: z.literal('reduceOnPlateau'),
    monitor: monitorField,
    factor: number({ above: 0, below: 1 }).default(0.1),
    patience: wholeNumber(0).default(10),
    threshold: number({ from: 0 }).default(1e-4),
    thresholdMode: choice(['relative', 'absolute']).default('relative'),
    cooldown: wholeNumber(0).default(0),
    minRate: number({ from: 0 }).default(0),
    mode: choice(['min', 'max']).optional(),
  }),
  make: (config, where) => new ReduceOnPlateau(config, where),
}
