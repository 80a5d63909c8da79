// GRU: `h = (1 - z) n + z h'` by gates of the input and the state. Cho et al. 2014, arXiv:1406.1078.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { recurrentFields, RecurrentLayer } from './recurrent.ts'
import type { RecurrentDefaults, RecurrentOptions } from './recurrent.ts'

/** Options of `gru`. */
export type GruOptions = RecurrentOptions

/** The config of a `gru` layer. */
export interface GruConfig extends GruOptions {
  readonly type: 'gru'
}

type ResolvedGru = GruConfig & RecurrentDefaults

/**
 * The gated recurrent unit: `[batch, time, channels] -> [batch, time, units]`; twice as many
 * channels with `bidirectional`, and `[batch, units]` without `returnSequences`. Layer `i` has
 * `layers.i.ahead.weight` `[in, 3 * units]`, `recurrentWeight` `[units, 3 * units]`, `bias` and
 * `recurrentBias` `[3 * units]`, and the same under `layers.i.back`; all begin within ±1 / √units,
 * as in PyTorch. The gates are r, z, n in this order; `r` multiplies the products of the state
 * with their bias, as in PyTorch and Keras' `resetAfter`.
 *
 * A second input holds the lengths `[batch]` of the sequences: beyond its length a sequence gives
 * zeros, its last state is that at its end, and the way back begins there, as with PyTorch's packed
 * sequences. A length beyond the sequence ends the
 * run with `DATA`.
 *
 * @throws `AttuneError` `SHAPE` where the input is no sequence, or there are not as many lengths.
 * @example
 * ```ts
 * gru({ units: 64, bidirectional: true })
 * ```
 */
export function gru(options: GruOptions): GruConfig {
  return describe('gru', options)
}

class Gru extends RecurrentLayer<ResolvedGru> {
  constructor(config: ResolvedGru) {
    super(config, 'gru')
  }
}

/** How `gru` is checked and built. */
export const gruLayer: LayerDefinition<GruConfig, ResolvedGru> = {
  type: 'gru',
  schema: () => options({ type: z.literal('gru'), ...recurrentFields }),
  build: (config) => new Gru(config),
}
