// Cross-attention: each place of one sequence attends to the places of another. Vaswani et al. 2017, arXiv:1706.03762.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { attentionFields, AttentionLayer, headsDivide, headsProblem } from './attention.ts'
import type { AttentionDefaults, AttentionLayerOptions } from './attention.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'

/** Options of `crossAttention`. */
export type CrossAttentionOptions = AttentionLayerOptions

/** The config of a `crossAttention` layer. */
export interface CrossAttentionConfig extends CrossAttentionOptions {
  readonly type: 'crossAttention'
}

type ResolvedCrossAttention = CrossAttentionConfig & AttentionDefaults

/**
 * Multi-head attention of a first input `[batch, time, width]` to a second one, the context
 * `[batch, contextTime, channels]`: `-> [batch, time, width]`. Weights are those of
 * `selfAttention`, with `[channels, ...]` for keys and values; where the two sizes differ, each
 * begins by its own fans.
 *
 * A third input says which places of the context are there: their lengths `[batch]`, or a mask
 * `[batch, contextTime]` that is 0 at those to leave out.
 *
 * @throws `AttuneError` `SHAPE` where `heads` does not divide the width and there is no `headSize`,
 *   or where there is no context.
 * @example
 * ```ts
 * class Reader extends Module {
 *   attention = layer(crossAttention({ heads: 4 }))
 *   forward(question: Tensor, text: Tensor, lengths: Tensor): Tensor {
 *     return this.attention(question, text, lengths) // (batch, time, width)
 *   }
 * }
 * ```
 */
export function crossAttention(options: CrossAttentionOptions): CrossAttentionConfig {
  return describe('crossAttention', options)
}

class CrossAttention extends AttentionLayer<ResolvedCrossAttention> {
  override forward(x: Tensor, context?: Tensor, mask?: Tensor): Tensor {
    if (context !== undefined) return this.attend(x, context, { mask })
    const message =
      'expected a second input, the context [batch, time, channels], got none: ' +
      'call the layer in a Module of your own'
    throw new AttuneError('SHAPE', here(message))
  }
}

/** How `crossAttention` is checked and built. */
export const crossAttentionLayer: LayerDefinition<CrossAttentionConfig, ResolvedCrossAttention> = {
  type: 'crossAttention',
  schema: () =>
    options({ type: z.literal('crossAttention'), ...attentionFields }).refine(
      headsDivide,
      headsProblem,
    ),
  build: (config) => new CrossAttention(config),
}
