// Attributes of attention, as the native op spells them.

import type { Tensor } from './tensor.ts'

/** How attention weighs its keys. */
export interface AttentionOptions {
  /** Whether query `i` sees the keys `0..i` alone. Default: false. */
  readonly causal?: boolean
  /** What products of queries and keys are multiplied by, above 0. Default: `1 / √size`. */
  readonly scale?: number
  /** The share of the weights that dropout zeroes, by counter at `site`. Default: 0. */
  readonly dropout?: number
  readonly site?: number
  /**
   * The keys that are there, as `int32`: how many, counted from the first, `[batch]`; or a mask
   * `[batch, time]`, 0 for those to leave out. Default: all.
   */
  readonly mask?: Tensor | undefined
}
