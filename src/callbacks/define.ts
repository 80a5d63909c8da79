// What a callback is: it sees the state of a run and returns decisions.

import type { z } from 'zod'

import type { MeasuredEvent, Progress } from './events.ts'

/** A run as callbacks see it. */
export interface TrainingState extends Progress {
  /** The epochs that this run is to take. */
  readonly epochs: number
  /** The epochs done, in order. */
  readonly history: readonly MeasuredEvent[]
  /** The names that can be monitored after an epoch: `loss`, `train.*` and `val.*`. */
  readonly monitors: readonly string[]
}

/** What a callback wants done; several are done in the order of the fields. */
export interface Decision {
  /** Keeps a copy of the weights as they are now, in place of an earlier copy. */
  readonly keep?: boolean | undefined
  /** Puts the copy back. */
  readonly restore?: boolean | undefined
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
  /** Called after each step and before the next one, so each native call makes a single step. */
  onStep?(state: TrainingState): Answer
  onEpoch?(state: TrainingState): Answer
  /** Called whatever ended the run; `stop` has no effect any more. */
  onEnd?(state: TrainingState): Answer
  /** What the callback remembers, as a JSON value. */
  state?(): unknown
  /** Takes up what `state` gave. */
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
