// Stopping by the update-to-weight ratio: `|w' - w| / |w|` of a step stays below a threshold.

import { z } from 'zod'

import { number, options, wholeNumber } from '../config/index.ts'
import type { Callback, CallbackDefinition, Decision, Probe, TrainingState } from './define.ts'

/** Options of `updateRatioStopping`. */
export interface UpdateRatioStoppingOptions {
  /** The ratio that is low enough, above 0. A healthy training has about 1e-3. */
  readonly threshold: number
  /** Checks in a row that must find it below, at least 1. Default: 3. */
  readonly patience?: number | undefined
  /** The steps from check to check, at least 1. Each check reads all weights twice. Default: 100. */
  readonly every?: number | undefined
}

/** The config of `updateRatioStopping`. */
export interface UpdateRatioStoppingConfig extends UpdateRatioStoppingOptions {
  readonly type: 'updateRatioStopping'
}

interface ResolvedUpdateRatioStopping {
  readonly type: 'updateRatioStopping'
  readonly threshold: number
  readonly patience: number
  readonly every: number
}

/**
 * Ends the run when single steps hardly move the weights: `|w' - w| / |w|`, the norms taken over
 * all trained weights together, at several checks in a row. A schedule that has come down to a
 * small rate makes it small too.
 *
 * @example
 * ```ts
 * updateRatioStopping({ threshold: 1e-5, every: 50 })
 * ```
 */
export function updateRatioStopping(
  options: UpdateRatioStoppingOptions,
): UpdateRatioStoppingConfig {
  return { type: 'updateRatioStopping', ...options }
}

type Weights = Awaited<ReturnType<Probe['weights']>>

class UpdateRatioStopping implements Callback {
  readonly #config: ResolvedUpdateRatioStopping
  #before: Weights | undefined
  #below = 0

  constructor(config: ResolvedUpdateRatioStopping) {
    this.#config = config
  }

  async onStart(state: TrainingState): Promise<void> {
    await this.#remember(state)
  }

  stepsUntil({ step }: TrainingState): number {
    const left = this.#config.every - (step % this.#config.every)
    return left > 1 ? left - 1 : 1
  }

  async onStep(state: TrainingState): Promise<Decision | undefined> {
    const { every, patience, threshold } = this.#config
    const before = this.#before
    const isTime = state.step % every === 0 && before !== undefined
    const ratio = isTime ? updateRatio(before, await state.probe.weights()) : undefined
    await this.#remember(state)
    if (ratio === undefined) return undefined
    this.#below = ratio < threshold ? this.#below + 1 : 0
    if (this.#below < patience) return undefined
    const reason = `a step moved the weights by less than ${threshold} of their norm`
    return { stop: true, reason: `${reason} at ${patience} checks in a row` }
  }

  state(): { below: number } {
    return { below: this.#below }
  }

  restore(state: unknown): void {
    this.#below = (state as { below: number }).below
  }

  async #remember({ step, probe }: TrainingState): Promise<void> {
    const isNext = (step + 1) % this.#config.every === 0
    this.#before = isNext ? await probe.weights() : undefined
  }
}

/**
 * `|after - before| / |before|` over all arrays together; 0 where nothing moved.
 *
 * @example
 * ```ts
 * updateRatio({ w: Float32Array.of(3, 4) }, { w: Float32Array.of(3, 4.5) }) // 0.1
 * ```
 */
export function updateRatio(before: Weights, after: Weights): number {
  let moved = 0
  let held = 0
  for (const [name, values] of Object.entries(before)) {
    const now = after[name] ?? values
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0
      moved += ((now[i] ?? 0) - value) ** 2
      held += value ** 2
    }
  }
  return moved === 0 ? 0 : Math.sqrt(moved / held)
}

/** How `updateRatioStopping` is checked and made. */
export const updateRatioStoppingCallback: CallbackDefinition<
  UpdateRatioStoppingConfig,
  ResolvedUpdateRatioStopping
> = {
  type: 'updateRatioStopping',
  schema: options({
    type: z.literal('updateRatioStopping'),
    threshold: number({ above: 0 }),
    patience: wholeNumber(1).default(3),
    every: wholeNumber(1).default(100),
  }),
  make: (config) => new UpdateRatioStopping(config),
}
