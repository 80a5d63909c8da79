// Masked: layers of sequences of ids, of which the padding at the end counts for nothing.

import { z } from 'zod'

import { list, options, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, TypedConfig } from './define.ts'
import type { LayerConfig } from './layers.ts'
import { Module } from './module.ts'

/** Options of `masked`. */
export interface MaskedOptions {
  /** The layers, first to last. Their names are `layers.0`, `layers.1`, ... */
  readonly layers: readonly LayerConfig[]
  /** The id that sequences are filled with at their end. Default: 0. */
  readonly paddingIndex?: number | undefined
}

/** The config of a `masked` layer. */
export interface MaskedConfig extends MaskedOptions {
  readonly type: 'masked'
}

type ResolvedMasked = MaskedConfig & { readonly paddingIndex: number }

/** The layers that take the lengths of sequences as their second input. */
const withLengths: ReadonlySet<string> = new Set([
  'globalAvgPool',
  'globalMaxPool',
  'gru',
  'lstm',
  'rnn',
  'selfAttention',
  'transformerEncoderBlock',
])

/**
 * Layers one after the other on ids `[batch, time]`. The length of a sequence is the number of its ids
 * that are no padding; `rnn`, `lstm`, `gru`, `selfAttention`, `transformerEncoderBlock`,
 * `globalAvgPool` and `globalMaxPool` among the layers are given it, so that they give what they would
 * give for the sequence without its padding. A convolution sees the vectors of padding beside the last ids:
 * give the `embedding` the same `paddingIndex`, and they are zeros.
 *
 * @throws `AttuneError` `SHAPE` where the input is not `[batch, time]`.
 * @example
 * ```ts
 * masked({
 *   layers: [
 *     embedding({ vocabularySize: 20_000, units: 64 }),
 *     lstm({ units: 64, bidirectional: true, returnSequences: false }),
 *     dense({ units: 2 }),
 *   ],
 * })
 * ```
 */
export function masked(options: MaskedOptions): MaskedConfig {
  return describe('masked', options)
}

class Masked extends Module {
  readonly paddingIndex: number
  readonly layers: readonly Module[]
  readonly #takes: readonly boolean[]

  constructor({ layers, paddingIndex }: ResolvedMasked, make: (config: TypedConfig) => Module) {
    super()
    this.paddingIndex = paddingIndex
    this.layers = layers.map(make)
    this.#takes = layers.map(({ type }) => withLengths.has(type))
  }

  override forward(x: Tensor): Tensor {
    if (x.rank !== 2) {
      const message = `masked: expected ids [batch, time], got [${x.shape.join(', ')}]`
      throw new AttuneError('SHAPE', here(message))
    }
    const lengths = x
      .cast('float32')
      .notEqual(this.paddingIndex)
      .sum({ axes: [1] })
    return this.layers.reduce(
      (value, layer, at) =>
        this.#takes[at] === true && value.rank === 3
          ? layer.forward(value, lengths)
          : layer.forward(value),
      x,
    )
  }
}

/** How `masked` is checked and built. */
export const maskedLayer: LayerDefinition<MaskedConfig, ResolvedMasked> = {
  type: 'masked',
  schema: (layer) =>
    options({
      type: z.literal('masked'),
      layers: list('layers', layer as z.ZodType<LayerConfig, LayerConfig>),
      paddingIndex: wholeNumber(0).default(0),
    }),
  build: (config, make) => new Masked(config, make),
}
