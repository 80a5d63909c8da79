// Position: where a trainer stands, as much of it as its files keep beside the weights.

import type { AdaptedBatch } from './adapt-batch.ts'

/** What a callback remembers, as a JSON value. */
export interface CallbackMemory {
  readonly type: string
  readonly state: unknown
}

/** Where a trainer stands between two calls of `fit`. */
export interface Position {
  step: number
  /** Epochs begun. */
  epoch: number
  /** Samples done of the last of them, where the run was interrupted in it; 0 where it was not. */
  row: number
  /** What callbacks remember, in their order, of a run that was interrupted. */
  callbacks?: readonly CallbackMemory[] | undefined
  /** What callbacks have multiplied the learning rate by. */
  learningRateScale: number
  /** The batch that has grown, of a run with `adaptiveBatch`. */
  batch?: AdaptedBatch | undefined
}

/** Where a trainer stands before its first step. */
export function atStart(): Position {
  return { step: 0, epoch: 0, row: 0, learningRateScale: 1 }
}

/** The position that a file of weights tells. */
export function positionOf({
  step,
  epoch,
  row,
  callbacks,
  learningRateScale,
  batch,
}: Position): Position {
  return { step, epoch, row, callbacks, learningRateScale, batch }
}
