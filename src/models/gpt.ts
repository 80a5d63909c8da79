// GPT: a causal transformer over tokens. Radford et al. 2019, with the options and first weights of nanoGPT.
//
//     x = tokens[ids] + positions
//     x = x + attention(norm1(x));  x = x + mlp(norm2(x))     for each block
//     scores = norm(x) tokensᵀ

import { z } from 'zod'

import { flag, number, options, wholeNumber } from '../config/index.ts'
import {
  activationSchema,
  dense,
  dropout,
  layer,
  layerNorm,
  Module,
  Parameter,
  positionEmbedding,
  registerModule,
  selfAttention,
  sequential,
} from '../nn/index.ts'
import type { Activation, Layer, LayerConfig } from '../nn/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { normal, ontoResidual } from './first-weights.ts'
import { headsDivideWidth, headsProblem } from './heads.ts'

/** Options of `gpt`. */
export interface GptOptions {
  /** How many tokens there are. Default: 50257, the entries of GPT-2's byte pair encoding. */
  readonly vocabularySize?: number | undefined
  /** The longest sequence. Default: 1024. */
  readonly contextLength?: number | undefined
  /** How many blocks there are. Default: 12. */
  readonly layers?: number | undefined
  /** Attentions side by side in a block, a divisor of `width`. Default: 12. */
  readonly heads?: number | undefined
  /** Channels of a token. Default: 768. */
  readonly width?: number | undefined
  /** The rate of every dropout, from 0 and below 1. Default: 0. */
  readonly dropout?: number | undefined
  /** Whether linear maps and norms have biases. Default: true. */
  readonly bias?: boolean | undefined
  /** In the feed-forward part. Default: `gelu`; OpenAI's weights expect `gelu({ approximate: 'tanh' })`. */
  readonly activation?: Activation | undefined
  /** Whether the weight of the scores is that of the tokens. Default: true. */
  readonly tied?: boolean | undefined
}

type ResolvedGpt = { readonly [Key in keyof GptOptions]-?: Exclude<GptOptions[Key], undefined> }

/** The sizes of GPT-2, for `gpt`. */
export const gpt2Sizes = {
  small: { layers: 12, heads: 12, width: 768 },
  medium: { layers: 24, heads: 16, width: 1024 },
  large: { layers: 36, heads: 20, width: 1280 },
  xl: { layers: 48, heads: 25, width: 1600 },
} as const

class Block extends Module {
  norm1: Layer
  attention: Layer
  drop: Layer
  norm2: Layer
  mlp: Layer

  constructor({ layers, heads, width, dropout: rate, bias, activation }: ResolvedGpt) {
    super()
    const outputInitializer = ontoResidual(layers)
    const attention = { heads, causal: true, dropout: rate, bias, outputInitializer }
    const hidden = { weightInitializer: normal, bias, biasInitializer: 'zeros' } as const
    const output = { ...hidden, weightInitializer: outputInitializer }
    this.norm1 = layer(layerNorm({ bias }))
    this.attention = layer(selfAttention({ ...attention, weightInitializer: normal }))
    this.drop = layer(dropout({ rate }))
    this.norm2 = layer(layerNorm({ bias }))
    this.mlp = layer(
      sequential([
        dense({ units: 4 * width, activation, ...hidden }),
        dense({ units: width, ...output }),
        dropout({ rate }),
      ]),
    )
  }

  forward(x: Tensor): Tensor {
    const y = x.add(this.drop(this.attention(this.norm1(x)))) // (b, t, c)
    return y.add(this.mlp(this.norm2(y)))
  }
}

class Gpt extends Module {
  tokens: Parameter
  positions: Layer
  drop: Layer
  blocks: Block[]
  norm: Layer
  head: Layer | undefined

  constructor(config: ResolvedGpt) {
    super()
    const { vocabularySize, contextLength, layers, width, dropout: rate, bias, tied } = config
    this.tokens = new Parameter([vocabularySize, width], normal)
    this.positions = layer(
      positionEmbedding({ maxLength: contextLength, weightInitializer: normal }),
    )
    this.drop = layer(dropout({ rate }))
    this.blocks = Array.from({ length: layers }, () => new Block(config))
    this.norm = layer(layerNorm({ bias }))
    const scores = { units: vocabularySize, bias: false, weightInitializer: normal }
    this.head = tied ? undefined : layer(dense(scores))
  }

  forward(ids: Tensor): Tensor {
    const vectors = this.tokens.toTensor().gather(ids.cast('int32'), { checked: true })
    let x = this.drop(this.positions(vectors)) // (b, t) -> (b, t, c)
    for (const block of this.blocks) x = block.forward(x)
    x = this.norm(x)
    return this.head?.(x) ?? x.matMul(this.tokens, { transposeB: true }) // (b, t, vocabulary)
  }
}

const described = registerModule<ResolvedGpt, GptOptions>(
  'gpt',
  Gpt,
  options({
    type: z.literal('gpt'),
    vocabularySize: wholeNumber(1).default(50_257),
    contextLength: wholeNumber(1).default(1024),
    layers: wholeNumber(1).default(12),
    heads: wholeNumber(1).default(12),
    width: wholeNumber(1).default(768),
    dropout: number({ from: 0, below: 1 }).default(0),
    bias: flag().default(true),
    activation: activationSchema.default('gelu'),
    tied: flag().default(true),
  }).refine(headsDivideWidth, headsProblem),
)

/**
 * A GPT: ids of tokens `[batch, time]` to scores of the next one `[batch, time, vocabularySize]`, for
 * `crossEntropy` with the ids one step later `[batch, time]`. The defaults are GPT-2's 124M.
 *
 * Weights begin normal with a deviation of 0.02, those that write onto the residual path with
 * `0.02 / √(2 layers)`, biases as zeros. An id that is no token ends the run with `DATA`.
 *
 * @throws `AttuneError` `CONFIG` where `heads` does not divide `width`; `SHAPE` where a sequence is
 *   longer than `contextLength`.
 * @example
 * ```ts
 * const characters = gpt({ vocabularySize: 65, contextLength: 64, layers: 4, heads: 4, width: 128, bias: false })
 * const medium = gpt({ ...gpt2Sizes.medium, activation: gelu({ approximate: 'tanh' }) })
 * ```
 */
export function gpt(options: GptOptions = {}): LayerConfig {
  return described(options)
}
