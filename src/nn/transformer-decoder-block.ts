// The decoder block of the transformer: causal self-attention, attention to a context, a feed-forward part. Vaswani et al. 2017, arXiv:1706.03762.

import { z } from 'zod'

import { options } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { headsDivide, headsProblem } from './attention.ts'
import { crossAttentionLayer } from './cross-attention.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import type { Module } from './module.ts'
import { selfAttentionLayer } from './self-attention.ts'
import { attentionOf, TransformerBlock, transformerFields } from './transformer.ts'
import type { TransformerDefaults, TransformerOptions } from './transformer.ts'

/** Options of `transformerDecoderBlock`. */
export type TransformerDecoderBlockOptions = TransformerOptions

/** The config of a `transformerDecoderBlock` layer. */
export interface TransformerDecoderBlockConfig extends TransformerDecoderBlockOptions {
  readonly type: 'transformerDecoderBlock'
}

type ResolvedDecoderBlock = TransformerDecoderBlockConfig & TransformerDefaults

/**
 * Causal self-attention, attention to a context and a feed-forward part, each with a residual sum
 * and a layer norm: `[batch, time, width] -> [batch, time, width]`. Defaults and first weights are
 * those of PyTorch's `TransformerDecoderLayer`, and a place sees itself and those before it.
 *
 * The second input is the context `[batch, contextTime, channels]`, the third says which of its
 * places are there, as in `crossAttention`. Without a context its part and `norm2` are left out.
 *
 * @example
 * ```ts
 * class Translator extends Module {
 *   encoder = layer(transformerEncoderBlock({ heads: 4 }))
 *   decoder = layer(transformerDecoderBlock({ heads: 4 }))
 *   forward(source: Tensor, target: Tensor): Tensor {
 *     return this.decoder(target, this.encoder(source)) // (batch, time, width)
 *   }
 * }
 * ```
 */
export function transformerDecoderBlock(
  options: TransformerDecoderBlockOptions,
): TransformerDecoderBlockConfig {
  return describe('transformerDecoderBlock', options)
}

class TransformerDecoderBlock extends TransformerBlock<ResolvedDecoderBlock> {
  readonly selfAttention: Module
  readonly crossAttention: Module
  readonly norm1: Module
  readonly norm2: Module
  readonly norm3: Module

  constructor(config: ResolvedDecoderBlock) {
    super(config)
    const { rotary, rotaryBase } = config
    const attention = attentionOf(config)
    this.selfAttention = selfAttentionLayer.build(
      { type: 'selfAttention', ...attention, causal: true, rotary, rotaryBase },
      () => this,
    )
    this.crossAttention = crossAttentionLayer.build(
      { type: 'crossAttention', ...attention },
      () => this,
    )
    this.norm1 = this.layerNorm()
    this.norm2 = this.layerNorm()
    this.norm3 = this.layerNorm()
  }

  override forward(x: Tensor, context?: Tensor, mask?: Tensor): Tensor {
    let y = this.part(x, this.norm1, (part) => this.selfAttention.forward(part))
    if (context !== undefined) {
      const inputs = mask === undefined ? [context] : [context, mask]
      y = this.part(y, this.norm2, (part) => this.crossAttention.forward(part, ...inputs))
    }
    return this.part(y, this.norm3, (part) => this.feedForward.forward(part))
  }
}

/** How `transformerDecoderBlock` is checked and built. */
export const transformerDecoderBlockLayer: LayerDefinition<
  TransformerDecoderBlockConfig,
  ResolvedDecoderBlock
> = {
  type: 'transformerDecoderBlock',
  schema: () =>
    options({ type: z.literal('transformerDecoderBlock'), ...transformerFields }).refine(
      headsDivide,
      headsProblem,
    ),
  build: (config) => new TransformerDecoderBlock(config),
}
