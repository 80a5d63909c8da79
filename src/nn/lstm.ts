// LSTM: `c = f c' + i g`, `h = o tanh(c)` by gates of the input and the state. Hochreiter and Schmidhuber 1997.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { recurrentFields, RecurrentLayer } from './recurrent.ts'
import type { RecurrentDefaults, RecurrentOptions } from './recurrent.ts'

/** Options of `lstm`. */
export type LstmOptions = RecurrentOptions

/** The config of an `lstm` layer. */
export interface LstmConfig extends LstmOptions {
  readonly type: 'lstm'
}

type ResolvedLstm = LstmConfig & RecurrentDefaults

/**
 * Long short-term memory: `[batch, time, channels] -> [batch, time, units]`; twice as many
 * channels with `bidirectional`, and `[batch, units]` without `returnSequences`. Layer `i` has
 * `layers.i.ahead.weight` `[in, 4 * units]`, `recurrentWeight` `[units, 4 * units]`, `bias` and
 * `recurrentBias` `[4 * units]`, and the same under `layers.i.back`; all begin within ±1 / √units,
 * as in PyTorch. The gates are i, f, g, o in this order.
 *
 * A second input holds the lengths `[batch]` of the sequences: beyond its length a sequence gives
 * zeros, its last state is that at its end, and the way back begins there, as with PyTorch's packed
 * sequences. A length beyond the sequence ends the
 * run with `DATA`.
 *
 * @throws `AttuneError` `SHAPE` where the input is no sequence, or there are not as many lengths.
 * @example
 * ```ts
 * lstm({ units: 128, layers: 2, dropout: 0.2, returnSequences: false })
 * ```
 */
export function lstm(options: LstmOptions): LstmConfig {
  return describe('lstm', options)
}

class Lstm extends RecurrentLayer<ResolvedLstm> {
  constructor(config: ResolvedLstm) {
    super(config, 'lstm')
  }
}

/** How `lstm` is checked and built. */
export const lstmLayer: LayerDefinition<LstmConfig, ResolvedLstm> = {
  type: 'lstm',
  schema: () => options({ type: z.literal('lstm'), ...recurrentFields }),
  build: (config) => new Lstm(config),
}
