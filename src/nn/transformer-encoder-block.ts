// The encoder block of the transformer: self-attention, then a feed-forward part. Vaswani et al. 2017, arXiv:1706.03762.

import { z } from 'zod'

import { flag, options } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { headsDivide, headsProblem } from './attention.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { selfAttentionLayer } from './self-attention.ts'
import { attentionOf, TransformerBlock, transformerFields } from './transformer.ts'
import type { TransformerDefaults, TransformerOptions } from './transformer.ts'
import type { Module } from './module.ts'

/** Options of `transformerEncoderBlock`. */
export interface TransformerEncoderBlockOptions extends TransformerOptions {
  /** Whether a place sees itself and those before it alone. Default: false. */
  readonly causal?: boolean | undefined
}

/** The config of a `transformerEncoderBlock` layer. */
export interface TransformerEncoderBlockConfig extends TransformerEncoderBlockOptions {
  readonly type: 'transformerEncoderBlock'
}

type ResolvedEncoderBlock = TransformerEncoderBlockConfig &
  TransformerDefaults & { readonly causal: boolean }

/**
 * Self-attention and a feed-forward part, each with a residual sum and a layer norm:
 * `[batch, time, width] -> [batch, time, width]`. Defaults and first weights are those of PyTorch's
 * `TransformerEncoderLayer`. With `causal` and `norm: 'pre'` it is a block of GPT.
 *
 * A second input says which places are there, as in `selfAttention`: lengths `[batch]` or a mask
 * `[batch, time]`.
 *
 * @example
 * ```ts
 * sequential([
 *   embedding({ vocabularySize: 65, units: 128 }),
 *   positionEmbedding(),
 *   transformerEncoderBlock({ heads: 4, hiddenUnits: 512, activation: 'gelu', norm: 'pre', causal: true }),
 *   layerNorm(),
 *   dense({ units: 65 }),
 * ])
 * ```
 */
export function transformerEncoderBlock(
  options: TransformerEncoderBlockOptions,
): TransformerEncoderBlockConfig {
  return describe('transformerEncoderBlock', options)
}

class TransformerEncoderBlock extends TransformerBlock<ResolvedEncoderBlock> {
  readonly attention: Module
  readonly norm1: Module
  readonly norm2: Module

  constructor(config: ResolvedEncoderBlock) {
    super(config)
    const { causal, rotary, rotaryBase } = config
    const type = 'selfAttention'
    this.attention = selfAttentionLayer.build(
      { type, ...attentionOf(config), causal, rotary, rotaryBase },
      () => this,
    )
    this.norm1 = this.layerNorm()
    this.norm2 = this.layerNorm()
  }

  override forward(x: Tensor, mask?: Tensor): Tensor {
    const masks = mask === undefined ? [] : [mask]
    const y = this.part(x, this.norm1, (part) => this.attention.forward(part, ...masks))
    return this.part(y, this.norm2, (part) => this.feedForward.forward(part))
  }
}

/** How `transformerEncoderBlock` is checked and built. */
export const transformerEncoderBlockLayer: LayerDefinition<
  TransformerEncoderBlockConfig,
  ResolvedEncoderBlock
> = {
  type: 'transformerEncoderBlock',
  schema: () =>
    options({
      type: z.literal('transformerEncoderBlock'),
      ...transformerFields,
      causal: flag().default(false),
    }).refine(headsDivide, headsProblem),
  build: (config) => new TransformerEncoderBlock(config),
}
