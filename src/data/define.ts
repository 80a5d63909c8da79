// What a described data set consists of, and what it becomes for a run.

import type { z } from 'zod'

import type { TensorType } from '../tensor/index.ts'
import type { Source } from './blocks.ts'
import type { Preparation } from './preparation.ts'
import type { SplitRecord } from './split.ts'
import type { TableDescription } from './table/describe.ts'

/** The least that every data config has. */
export interface TypedConfig {
  readonly type: string
}

/**
 * Bringing values to a common scale, as a program does it: `(x - shift) * scale`. Arrays have one
 * number for each channel, which is the last axis of a sample.
 */
export interface Normalisation {
  readonly shift: number | readonly number[]
  readonly scale: number | readonly number[]
}

/** A sample that could not be used and was left out. */
export interface Skipped {
  /** Its file, row or number. */
  readonly sample: string
  readonly reason: string
}

/** Data for a run, held natively or loaded block by block. Every part has the columns `x` and `y`, and `weight` if any has. */
export interface ResolvedData<Part extends Source = Source> {
  readonly train: Part
  readonly validation: Part | undefined
  readonly test: Part | undefined
  /** Element type and sizes of one sample, by column. */
  readonly columns: {
    readonly x: TensorType
    readonly y: TensorType
    /** What each sample counts in the loss. */
    readonly weight?: TensorType | undefined
  }
  /** The names of the classes, in the order of the labels in `y`, where they have names. */
  readonly classes: readonly string[] | undefined
  /** What `x` goes through before the model, the same for every part. */
  readonly normalisation: Normalisation
  /** How long the training samples are before they are cut or filled, where they have lengths. */
  readonly lengths?: Uint32Array | undefined
  /** How a raw sample becomes one of `x`, where the data had a raw form; saved with the weights. */
  readonly preparation?: Preparation | undefined
  /** Which samples went to which part, where they were parted here. */
  readonly split?: SplitRecord | undefined
  /** Of tables: figures of the columns as they were read, and what the steps found. */
  readonly describe?: (() => Promise<TableDescription>) | undefined
  /** What `onBadSample: 'skip'` left out so far; samples that are loaded later join it. */
  readonly skipped?: readonly Skipped[] | undefined
}

/** One kind of data. `Resolved` is its config with the defaults filled in. */
export interface DataDefinition<Config extends TypedConfig = TypedConfig, Resolved = unknown> {
  readonly type: Config['type']
  readonly schema: z.ZodType<Resolved, Config>
  /**
   * @param seed the run's seed, for what is drawn at random.
   * @param where the config path of `config`, for messages.
   */
  load(config: Resolved, seed: number, where: string): Promise<ResolvedData>
}
