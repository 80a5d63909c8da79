// What a callback is: it sees the state of a run and returns decisions.

import type { z } from 'zod'

import type { MeasuredEvent, Progress, TrainingEvent } from './events.ts'

/** Mean and variance of the gradients of single samples, by weight; in one order for both. */
export interface GradientMoments {
  /** The samples that were looked at. */
  readonly samples: number
  readonly mean: Float64Array
  /** With the divisor `samples - 1`. */
  readonly variance: Float64Array
}

/** What callbacks can read of a trainer between two native calls. */
export interface Probe {
  /** Copies of the trained weights by name. */
  weights(): Promise<Readonly<Record<string, Float32Array>>>
  /**
   * The gradients of the loss of single samples at the weights as they are now, without dropout and
   * with running statistics; of those samples that the next epoch begins with.
   *
   * @param samples how many, at least 2; no more than there are to train on are taken.
   */
  gradientMoments(samples: number): Promise<GradientMoments>
}

/** A run as callbacks see it. */
export interface TrainingState extends Progress {
  /** The epochs that this run is to take. */
  readonly epochs: number
  /** The epochs done, in order. */
  readonly history: readonly MeasuredEvent[]
  /** The names that can be monitored after an epoch: `loss`, `train.*` and `val.*`. */
  readonly monitors: readonly string[]
  readonly probe: Probe
}

/** What a callback wants done; several are done in the order of the fields. */
export interface Decision {
  /** Keeps a copy of the weights as they are now, in place of an earlier copy. */
  readonly keep?: boolean | undefined
  /** Puts the copy back. */
  readonly restore?: boolean | undefined
  /**
   * Multiplies the learning rate of all later steps, above 0; the schedule goes on below. It stays
   * for later calls of `fit`, and is saved with the weights.
   */
  readonly scaleLearningRate?: number | undefined
  /** In answer to `onDiverged`: leaves the step out and goes on with the next one. */
  readonly skip?: boolean | undefined
  /** Ends the run. */
  readonly stop?: boolean | undefined
  /** Why it ends, for people. */
  readonly reason?: string | undefined
}

/** A decision, a promise of one, or nothing. */
export type Answer = Decision | undefined | void | Promise<Decision | undefined | void>

/**
 * Something that follows a run. What it throws ends the run, with the weights saved.
 *
 * @example
 * ```ts
 * const untilGood: Callback = {
 *   onEpoch: ({ metrics }) => ({ stop: (metrics['val.accuracy'] ?? 0) > 0.99 }),
 * }
 * ```
 */
export interface Callback {
  onStart?(state: TrainingState): Answer
  /** Called after each native call, which makes `stepsUntil` steps at most. */
  onStep?(state: TrainingState): Answer
  /**
   * How many steps may be made before `onStep` is called again. Default: 1, so that it sees each
   * step; `Infinity` leaves it to the loop, whose calls take about 50 ms.
   */
  stepsUntil?(state: TrainingState): number
  /** Called when an epoch's validation is measured, before `onEpoch`. */
  onValidation?(state: TrainingState): Answer
  onEpoch?(state: TrainingState): Answer
  /**
   * Called where the loss or a gradient became NaN or infinite; the update of that step was not
   * applied. Unless a callback answers `stop` or `skip`, the run ends with `DIVERGED`.
   */
  onDiverged?(state: TrainingState): Answer
  /** Called whatever ended the run; `stop` has no effect any more. */
  onEnd?(state: TrainingState): Answer
  /** Told of all events since the last call, after each native call and at the end. */
  onEvents?(events: readonly TrainingEvent[]): void | Promise<void>
  /**
   * What the callback remembers, as a JSON value. It is part of what a trainer saves while a run goes
   * on or after it was interrupted, by its signal or an error.
   */
  state?(): unknown
  /**
   * Takes up what `state` gave, before `onStart` of the `fit` that goes on with an interrupted run.
   * Weights that were kept are in no file: those of the file stand for them.
   */
  restore?(state: unknown): void
}

/** One described callback. `Resolved` is its config with the defaults filled in. */
export interface CallbackDefinition<
  Config extends { readonly type: string } = { readonly type: string },
  Resolved = unknown,
> {
  readonly type: Config['type']
  readonly schema: z.ZodType<Resolved, Config>
  /** @param where the config path of the callback, for messages. */
  make(config: Resolved, where: string): Callback
}
