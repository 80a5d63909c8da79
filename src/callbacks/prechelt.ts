// Prechelt's criteria: generalization loss `GL`, its quotient by progress `PQ`, rises `UP`.
// Prechelt 1998, "Early Stopping - But When?".

import { z } from 'zod'

import { choice, flag, number, options, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { Callback, CallbackDefinition, Decision, TrainingState } from './define.ts'
import { modeOf, monitored, monitorField, requireMonitor } from './monitor.ts'

/** Options of `prechelt`. */
export interface PrecheltOptions {
  /**
   * When the run ends; `E` is the monitored value and `E_opt` its least one so far.
   *
   * - `GL`: `100 (E - E_opt) / |E_opt| > alpha`, after any epoch.
   * - `PQ`: `GL / P > alpha` at the end of a strip, where `P` is the progress of training,
   *   `1000 (mean / minimum - 1)` of the training losses of the strip.
   * - `UP`: `E` has risen from the end of a strip to the end of the next one, `rises` times in a row.
   */
  readonly criterion: 'GL' | 'PQ' | 'UP'
  /** The threshold of `GL` and `PQ`, above 0. Default: 2 for `GL`, 0.75 for `PQ`. */
  readonly alpha?: number | undefined
  /** Epochs of a strip, at least 1, for `PQ` and `UP`. Default: 5. */
  readonly strip?: number | undefined
  /** The rises in a row that `UP` needs, at least 1. Default: 3. */
  readonly rises?: number | undefined
  /** An error, of which less is better: `val.loss` or `val.<metric>`. Default: `val.loss`. */
  readonly monitor?: string | undefined
  /** Whether the weights of the best epoch are put back, whatever ends the run. Default: false. */
  readonly restoreBest?: boolean | undefined
}

/** The config of `prechelt`. */
export interface PrecheltConfig extends PrecheltOptions {
  readonly type: 'prechelt'
}

interface ResolvedPrechelt {
  readonly type: 'prechelt'
  readonly criterion: 'GL' | 'PQ' | 'UP'
  readonly alpha?: number | undefined
  readonly strip: number
  readonly rises: number
  readonly monitor: string
  readonly restoreBest: boolean
}

/**
 * Ends the run by one of Prechelt's criteria. In his 1,296 runs the slower ones generalised about
 * 4 % better and took about four times as long.
 *
 * @example
 * ```ts
 * prechelt({ criterion: 'PQ', alpha: 0.75, strip: 5, restoreBest: true })
 * ```
 */
export function prechelt(options: PrecheltOptions): PrecheltConfig {
  return { type: 'prechelt', ...options }
}

interface Remembered {
  /** The least value so far. */
  best: number | null
  /** The training losses of the strip that is going on. */
  losses: number[]
  /** The value at the end of the last strip. */
  last: number | null
  risen: number
  kept: boolean
}

class Prechelt implements Callback {
  readonly #config: ResolvedPrechelt
  readonly #where: string
  #memory: Remembered = { best: null, losses: [], last: null, risen: 0, kept: false }

  constructor(config: ResolvedPrechelt, where: string) {
    this.#config = config
    this.#where = where
  }

  onStart(state: TrainingState): void {
    const { monitor } = this.#config
    requireMonitor(monitor, state, this.#where)
    if (modeOf(monitor) === 'min') return
    const message = `${this.#where}.monitor: expected an error, of which less is better, got`
    throw new AttuneError('CONFIG', `${message} "${monitor}": choose val.loss, or earlyStopping`)
  }

  onEpoch(state: TrainingState): Decision | undefined {
    const { monitor, restoreBest } = this.#config
    const memory = this.#memory
    const value = monitored(monitor, state)
    memory.losses.push(state.loss ?? Number.NaN)
    const improves = value < (memory.best ?? Infinity)
    if (improves) {
      memory.best = value
      memory.kept = restoreBest
    }
    const reason = this.#met(value)
    return {
      keep: improves && restoreBest,
      ...(reason !== undefined && { stop: true, reason: `${monitor}: ${reason}` }),
    }
  }

  onEnd(): Decision {
    return { restore: this.#memory.kept }
  }

  state(): Remembered {
    return structuredClone(this.#memory)
  }

  restore(state: unknown): void {
    this.#memory = structuredClone(state as Remembered)
  }

  #met(value: number): string | undefined {
    const { criterion, strip, rises, alpha } = this.#config
    const memory = this.#memory
    const loss = generalizationLoss(value, memory.best ?? value)
    if (criterion === 'GL') return over('generalization loss', loss, alpha ?? 2)
    if (memory.losses.length < strip) return undefined
    const { last } = memory
    const progress = trainingProgress(memory.losses)
    memory.losses = []
    memory.last = value
    if (criterion === 'PQ') {
      return over('generalization loss over progress', loss / progress, alpha ?? 0.75)
    }
    memory.risen = last !== null && value > last ? memory.risen + 1 : 0
    return memory.risen < rises ? undefined : `it rose over ${rises} strips of ${strip} epochs`
  }
}

/**
 * By how many percent a value lies above the least one: `100 (E - E_opt) / |E_opt|`.
 *
 * @example
 * ```ts
 * generalizationLoss(9, 8) // 12.5
 * ```
 */
export function generalizationLoss(value: number, best: number): number {
  return (100 * (value - best)) / Math.abs(best)
}

/**
 * How much training losses differ: `1000 (mean / minimum - 1)`.
 *
 * @example
 * ```ts
 * trainingProgress([9, 8]) // 62.5
 * ```
 */
export function trainingProgress(losses: readonly number[]): number {
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length
  return 1000 * (mean / Math.min(...losses) - 1)
}

function over(what: string, value: number, alpha: number): string | undefined {
  return value > alpha ? `${what} ${Number(value.toPrecision(3))} is above ${alpha}` : undefined
}

/** How `prechelt` is checked and made. */
export const precheltCallback: CallbackDefinition<PrecheltConfig, ResolvedPrechelt> = {
  type: 'prechelt',
  schema: options({
    type: z.literal('prechelt'),
    criterion: choice(['GL', 'PQ', 'UP']),
    alpha: number({ above: 0 }).optional(),
    strip: wholeNumber(1).default(5),
    rises: wholeNumber(1).default(3),
    monitor: monitorField,
    restoreBest: flag().default(false),
  }),
  make: (config, where) => new Prechelt(config, where),
}
