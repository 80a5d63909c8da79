// Self-attention: each place of a sequence attends to the places of the same sequence. Vaswani et al. 2017, arXiv:1706.03762.

import { z } from 'zod'

import { flag, number, options } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { attentionFields, AttentionLayer, headsDivide, headsProblem } from './attention.ts'
import type { AttentionDefaults, AttentionLayerOptions } from './attention.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'

/** Options of `selfAttention`. */
export interface SelfAttentionOptions extends AttentionLayerOptions {
  /** Whether a place sees itself and those before it alone. Default: false. */
  readonly causal?: boolean | undefined
  /**
   * Whether queries and keys are turned by their place (Su et al. 2021, arXiv:2104.09864), the
   * first half of a head's channels with the second as in Llama. Default: false.
   */
  readonly rotary?: boolean | undefined
  /** The base of the rotary angles, above 0. Default: 10000. */
  readonly rotaryBase?: number | undefined
}

/** The config of a `selfAttention` layer. */
export interface SelfAttentionConfig extends SelfAttentionOptions {
  readonly type: 'selfAttention'
}

type ResolvedSelfAttention = SelfAttentionConfig &
  AttentionDefaults & {
    readonly causal: boolean
    readonly rotary: boolean
    readonly rotaryBase: number
  }

/**
 * Multi-head self-attention: `[batch, time, width] -> [batch, time, width]`, with `query.weight`
 * `[width, heads * headSize]`, `key.weight` and `value.weight` `[width, keyValueHeads * headSize]`,
 * `output.weight` `[heads * headSize, width]` and as many biases. They begin as those of PyTorch's
 * `MultiheadAttention`. With fewer `keyValueHeads` than `heads` it is grouped-query attention
 * (Ainslie et al. 2023, arXiv:2305.13245).
 *
 * A second input says which places are there: their lengths `[batch]`, or a mask `[batch, time]`
 * that is 0 at those to leave out (as in Keras; PyTorch's `key_padding_mask` is the opposite). A
 * length beyond the sequence ends the run with `DATA`; where no place is left, the output projection sees
 * zeros. The scores are never stored: memory grows with the time, not with its square.
 *
 * @throws `AttuneError` `SHAPE` where `heads` does not divide the width and there is no `headSize`,
 *   or where `rotary` meets an odd `headSize`.
 * @example
 * ```ts
 * selfAttention({ heads: 6, causal: true, dropout: 0.2 })
 * ```
 */
export function selfAttention(options: SelfAttentionOptions): SelfAttentionConfig {
  return describe('selfAttention', options)
}

class SelfAttention extends AttentionLayer<ResolvedSelfAttention> {
  override forward(x: Tensor, mask?: Tensor): Tensor {
    const { causal, rotary, rotaryBase } = this.config
    return this.attend(x, x, { causal, rotary: rotary ? rotaryBase : undefined, mask })
  }
}

/** How `selfAttention` is checked and built. */
export const selfAttentionLayer: LayerDefinition<SelfAttentionConfig, ResolvedSelfAttention> = {
  type: 'selfAttention',
  schema: () =>
    options({
      type: z.literal('selfAttention'),
      ...attentionFields,
      causal: flag().default(false),
      rotary: flag().default(false),
      rotaryBase: number({ above: 0 }).default(10_000),
    }).refine(headsDivide, headsProblem),
  build: (config) => new SelfAttention(config),
}
