// RNN: `h = tanh(W x + b + R h' + c)`, or its relu. Elman 1990.

import { z } from 'zod'

import { choice, options } from '../config/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { recurrentFields, RecurrentLayer } from './recurrent.ts'
import type { RecurrentDefaults, RecurrentOptions } from './recurrent.ts'

/** Options of `rnn`. */
export interface RnnOptions extends RecurrentOptions {
  /** What the sum goes through. Default: `tanh`. */
  readonly activation?: 'tanh' | 'relu' | undefined
}

/** The config of an `rnn` layer. */
export interface RnnConfig extends RnnOptions {
  readonly type: 'rnn'
}

type ResolvedRnn = RnnConfig & RecurrentDefaults & { readonly activation: 'tanh' | 'relu' }

/**
 * The plain recurrent layer: `[batch, time, channels] -> [batch, time, units]`; twice as many
 * channels with `bidirectional`, and `[batch, units]` without `returnSequences`. Layer `i` has
 * `layers.i.ahead.weight` `[in, units]`, `recurrentWeight` `[units, units]`, `bias` and
 * `recurrentBias` `[units]`, and the same under `layers.i.back`; all begin within ±1 / √units, as
 * in PyTorch.
 *
 * A second input holds the lengths `[batch]` of the sequences: beyond its length a sequence gives
 * zeros, its last state is that at its end, and the way back begins there, as with PyTorch's packed
 * sequences. A length beyond the sequence ends the
 * run with `DATA`.
 *
 * @throws `AttuneError` `SHAPE` where the input is no sequence, or there are not as many lengths.
 * @example
 * ```ts
 * rnn({ units: 64, activation: 'relu' })
 * ```
 */
export function rnn(options: RnnOptions): RnnConfig {
  return describe('rnn', options)
}

class Rnn extends RecurrentLayer<ResolvedRnn> {
  constructor(config: ResolvedRnn) {
    super(config, config.activation === 'relu' ? 'rnnRelu' : 'rnnTanh')
  }
}

/** How `rnn` is checked and built. */
export const rnnLayer: LayerDefinition<RnnConfig, ResolvedRnn> = {
  type: 'rnn',
  schema: () =>
    options({
      type: z.literal('rnn'),
      ...recurrentFields,
      activation: choice(['tanh', 'relu']).default('tanh'),
    }),
  build: (config) => new Rnn(config),
}
