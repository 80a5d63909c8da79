// Stopping at a limit: so many steps or so many seconds.

import { performance } from 'node:perf_hooks'

import { z } from 'zod'

import { number, options, wholeNumber } from '../config/index.ts'
import type { Callback, CallbackDefinition, Decision, TrainingState } from './define.ts'

/** Options of `stopAfter`; at least one of them. */
export interface StopAfterOptions {
  /** Steps of this run, at least 1. Default: no limit. */
  readonly steps?: number | undefined
  /** Seconds of this run, above 0; the step that is going on then is the last. Default: no limit. */
  readonly seconds?: number | undefined
}

/** The config of `stopAfter`. */
export interface StopAfterConfig extends StopAfterOptions {
  readonly type: 'stopAfter'
}

/**
 * Ends the run after so many steps or seconds, whichever come first. Seconds are looked at after
 * each native call, about every 50 ms, and include validation.
 *
 * @example
 * ```ts
 * stopAfter({ seconds: 60 })
 * ```
 */
export function stopAfter(options: StopAfterOptions): StopAfterConfig {
  return { type: 'stopAfter', ...options }
}

/** A run that goes on counts what it has used before. */
interface Used {
  steps: number
  seconds: number
}

/** The callback of `stopAfter` with a clock in seconds. */
export class StopAfter implements Callback {
  readonly #limits: { readonly steps: number; readonly seconds: number }
  readonly #clock: () => number
  #before: Used = { steps: 0, seconds: 0 }
  #began = { step: 0, second: 0 }
  #step = 0

  constructor({ steps = Infinity, seconds = Infinity }: StopAfterOptions, clock: () => number) {
    this.#limits = { steps, seconds }
    this.#clock = clock
  }

  onStart({ step }: TrainingState): void {
    this.#began = { step, second: this.#clock() }
    this.#step = step
  }

  stepsUntil(): number {
    return this.#limits.steps - this.state().steps
  }

  onStep({ step }: TrainingState): Decision | undefined {
    this.#step = step
    const { steps, seconds } = this.state()
    const limits = this.#limits
    if (steps >= limits.steps) return { stop: true, reason: `${limits.steps} steps are done` }
    if (seconds < limits.seconds) return undefined
    return { stop: true, reason: `${limits.seconds} seconds are over` }
  }

  state(): Used {
    const steps = this.#before.steps + this.#step - this.#began.step
    return { steps, seconds: this.#before.seconds + this.#clock() - this.#began.second }
  }

  restore(state: unknown): void {
    this.#before = { ...(state as Used) }
  }
}

/** How `stopAfter` is checked and made. */
export const stopAfterCallback: CallbackDefinition<StopAfterConfig, StopAfterConfig> = {
  type: 'stopAfter',
  schema: options({
    type: z.literal('stopAfter'),
    steps: wholeNumber(1).optional(),
    seconds: number({ above: 0 }).optional(),
  }).refine(({ steps, seconds }) => steps !== undefined || seconds !== undefined, {
    path: ['steps'],
    error: 'expected `steps` or `seconds`: give one of them or both',
  }),
  make: (config) => new StopAfter(config, () => performance.now() / 1000),
}
