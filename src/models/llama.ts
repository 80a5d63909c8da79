// Llama: a causal transformer with rotary positions, RMS norms and SwiGLU. Touvron et al. 2023, arXiv:2302.13971.
//
//     x = tokens[ids]
//     x = x + attention(norm1(x));  x = x + down(silu(gate(norm2(x))) up(norm2(x)))     for each block
//     scores = norm(x) tokensᵀ

import { z } from 'zod'

import { flag, number, options, wholeNumber } from '../config/index.ts'
import {
  dense,
  dropout,
  layer,
  Module,
  Parameter,
  registerModule,
  rmsNorm,
  selfAttention,
  sequential,
} from '../nn/index.ts'
import type { Layer, LayerConfig } from '../nn/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { normal, ontoResidual } from './first-weights.ts'
import { headsDivideWidth, headsProblem } from './heads.ts'

/** Options of `llama`. */
export interface LlamaOptions {
  /** How many tokens there are. */
  readonly vocabularySize: number
  /** How many blocks there are. */
  readonly layers: number
  /** Attentions side by side in a block, a divisor of `width`. */
  readonly heads: number
  /** Heads of keys and values, a divisor of `heads`. Default: `heads`. */
  readonly keyValueHeads?: number | undefined
  /** Channels of a token. */
  readonly width: number
  /** Channels inside the feed-forward part. Default: ⌈8 width / 3⌉. */
  readonly hiddenUnits?: number | undefined
  /** The rate of every dropout, from 0 and below 1. Default: 0. */
  readonly dropout?: number | undefined
  /** Added to the mean of the squares in the norms, above 0. Default: 1e-5. */
  readonly epsilon?: number | undefined
  /** The base of the rotary angles, above 0. Default: 10000. */
  readonly rotaryBase?: number | undefined
  /** Whether the weight of the scores is that of the tokens. Default: true. */
  readonly tied?: boolean | undefined
}

type ResolvedLlama = LlamaOptions & {
  readonly dropout: number
  readonly epsilon: number
  readonly rotaryBase: number
  readonly tied: boolean
}

class Block extends Module {
  norm1: Layer
  attention: Layer
  drop: Layer
  norm2: Layer
  mlp: Layer

  constructor(config: ResolvedLlama) {
    super()
    const { layers, heads, keyValueHeads, width, dropout: rate, epsilon, rotaryBase } = config
    const { hiddenUnits = Math.ceil((8 * width) / 3) } = config
    const onto = ontoResidual(layers)
    const seen = { causal: true, rotary: true, rotaryBase, dropout: rate, bias: false }
    const drawn = { weightInitializer: normal, outputInitializer: onto }
    this.norm1 = layer(rmsNorm({ epsilon }))
    this.attention = layer(selfAttention({ heads, keyValueHeads, ...seen, ...drawn }))
    this.drop = layer(dropout({ rate }))
    this.norm2 = layer(rmsNorm({ epsilon }))
    this.mlp = layer(
      sequential([
        // One map gives the gate and, beside it, what the gate lets through.
        dense({
          units: 2 * hiddenUnits,
          activation: 'swiglu',
          bias: false,
          weightInitializer: normal,
        }),
        dense({ units: width, bias: false, weightInitializer: onto }),
        dropout({ rate }),
      ]),
    )
  }

  forward(x: Tensor): Tensor {
    const y = x.add(this.drop(this.attention(this.norm1(x)))) // (b, t, c)
    return y.add(this.mlp(this.norm2(y)))
  }
}

class Llama extends Module {
  tokens: Parameter
  drop: Layer
  blocks: Block[]
  norm: Layer
  head: Layer | undefined

  constructor(config: ResolvedLlama) {
    super()
    const { vocabularySize, layers, width, dropout: rate, epsilon, tied } = config
    this.tokens = new Parameter([vocabularySize, width], normal)
    this.drop = layer(dropout({ rate }))
    this.blocks = Array.from({ length: layers }, () => new Block(config))
    this.norm = layer(rmsNorm({ epsilon }))
    const scores = { units: vocabularySize, bias: false, weightInitializer: normal }
    this.head = tied ? undefined : layer(dense(scores))
  }

  forward(ids: Tensor): Tensor {
    let x = this.drop(this.tokens.toTensor().gather(ids.cast('int32'), { checked: true })) // (b, t) -> (b, t, c)
    for (const block of this.blocks) x = block.forward(x)
    x = this.norm(x)
    return this.head?.(x) ?? x.matMul(this.tokens, { transposeB: true }) // (b, t, vocabulary)
  }
}

const described = registerModule<ResolvedLlama, LlamaOptions>(
  'llama',
  Llama,
  options({
    type: z.literal('llama'),
    vocabularySize: wholeNumber(1),
    layers: wholeNumber(1),
    heads: wholeNumber(1),
    keyValueHeads: wholeNumber(1).optional(),
    width: wholeNumber(1),
    hiddenUnits: wholeNumber(1).optional(),
    dropout: number({ from: 0, below: 1 }).default(0),
    epsilon: number({ above: 0 }).default(1e-5),
    rotaryBase: number({ above: 0 }).default(10_000),
    tied: flag().default(true),
  }).refine(headsDivideWidth, headsProblem),
)

/**
 * A Llama: ids of tokens `[batch, time]` to scores of the next one `[batch, time, vocabularySize]`, of
 * any length. Channel `c` of a head turns with channel `c + size / 2`, as in Hugging Face's weights;
 * weights that pair neighbours, Meta's and llama2.c's, take another order of the columns of
 * queries and keys.
 *
 * Weights begin as those of `gpt`. An id that is no token ends the run with `DATA`.
 *
 * @throws `AttuneError` `CONFIG` where `heads` does not divide `width`.
 * @example
 * ```ts
 * const model = llama({ vocabularySize: 512, layers: 5, heads: 8, keyValueHeads: 4, width: 64, hiddenUnits: 172 })
 * ```
 */
export function llama(options: LlamaOptions): LayerConfig {
  return described(options)
}
