// Events: what a run tells, the same objects to the iterator, callbacks, `--json` and events.jsonl.

import type { Code } from '../errors/index.ts'
import type { MetricDetail } from '../metrics/index.ts'

/** What every event carries. */
export interface Progress {
  /** Steps done since the trainer was made. */
  readonly step: number
  /** The epoch that runs or has just ended, counted from 1; 0 before the first. */
  readonly epoch: number
  /** The mean loss of the step or epoch; `null` before there is one. */
  readonly loss: number | null
  /** By name: `train.accuracy`, and after an epoch `val.loss`, `val.accuracy`. */
  readonly metrics: Readonly<Record<string, number>>
  /** Of an epoch, the metrics that are one number for each class, or tables, by name. */
  readonly details?: Readonly<Record<string, MetricDetail>>
  readonly learningRate: number
  /** The norm of all gradients together, before clipping; after an epoch that of its last step. */
  readonly gradientNorm: number | null
  readonly samplesPerSecond: number | null
  /** The samples of the step, or of the epoch's full steps, in runs whose batch changes. */
  readonly batchSize?: number
}

/** A step or an epoch is done. */
export interface MeasuredEvent extends Progress {
  readonly type: 'step' | 'epoch'
  readonly loss: number
  readonly gradientNorm: number
  readonly samplesPerSecond: number
}

/** Training begins. */
export interface StartEvent extends Progress {
  readonly type: 'start'
}

/** Weights were written to `file`. */
export interface CheckpointEvent extends Progress {
  readonly type: 'checkpoint'
  readonly file: string
}

/** Something that is probably not meant. */
export interface WarningEvent extends Progress {
  readonly type: 'warning'
  readonly message: string
}

/** Training is over; the last event of every run that began. */
export interface EndEvent extends Progress {
  readonly type: 'end'
  /** `epochs`, `signal`, `error`, or the type of the callback that ended the run. */
  readonly stoppedBy: string
  /** Why a callback ended the run. */
  readonly reason?: string
  readonly error?: { readonly code: Code; readonly message: string }
}

/** What a run tells. */
export type TrainingEvent = StartEvent | MeasuredEvent | CheckpointEvent | WarningEvent | EndEvent
