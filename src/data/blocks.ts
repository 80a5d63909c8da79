// Samples that are loaded block by block, for data that do not fit in memory or change every epoch.

import type { NativeDataSet } from '../native.ts'

/** The samples of an epoch that are wanted next. */
export interface BlockRequest {
  /** Counted from 0. */
  readonly epoch: number
  /** The place of the first one in the order of the epoch. */
  readonly first: number
  /** How many; there are at least so many left. */
  readonly count: number
  /** Whether the epoch has an order of its own, drawn by the seed. */
  readonly shuffle: boolean
  /** Samples of a step: where fewer than `count` come, they are a multiple of these. Default: 1. */
  readonly multiple?: number | undefined
}

/**
 * A part of the data that is loaded block by block. What a request gives depends on nothing but the
 * request, so that a run that was interrupted goes on with the same batches.
 */
export interface Blocks {
  /** Samples of an epoch. */
  readonly length: number
  /** Bytes of one sample in memory. */
  readonly sampleBytes: number
  /**
   * The samples of a request in their order, or the first of them: those of steps whose `x` has one
   * shape, which may be shorter than the data's. Reading happens away from Node's thread.
   */
  load(request: BlockRequest): Promise<NativeDataSet>
}

/** A part of the data: in memory, or loaded block by block. */
export type Source = NativeDataSet | Blocks

/**
 * Whether a part is loaded block by block.
 *
 * @example
 * ```ts
 * if (isBlocks(data.train)) await data.train.load({ epoch: 0, first: 0, count: 32, shuffle: true })
 * ```
 */
export function isBlocks(source: Source): source is Blocks {
  return 'load' in source
}
