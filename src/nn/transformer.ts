// What the transformer blocks share: their options, the feed-forward part, and where the norm stands.

import type { z } from 'zod'

import { choice, flag, number, wholeNumber } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { activate, activationSchema } from './activation.ts'
import type { Activation } from './activation.ts'
import { layerNormLayer } from './layer-norm.ts'
import { Module } from './module.ts'
import { Projection } from './projection.ts'
import { currentMode } from './trace.ts'

/** Options of a transformer block. */
export interface TransformerOptions {
  /** Heads of the attention, a divisor of the width. */
  readonly heads: number
  /** Heads of keys and values, a divisor of `heads`. Default: `heads`. */
  readonly keyValueHeads?: number | undefined
  /** Channels between the two maps of the feed-forward part, at least 1. Default: 2048. */
  readonly hiddenUnits?: number | undefined
  /** Between the two maps. Default: `relu`. */
  readonly activation?: Activation | undefined
  /** The rate of every dropout of the block, from 0 and below 1. Default: 0.1. */
  readonly dropout?: number | undefined
  /** Whether norms stand before each part or after its residual sum. Default: `post`. */
  readonly norm?: 'pre' | 'post' | undefined
  /** Added to the variance in the norms, above 0. Default: 1e-5. */
  readonly epsilon?: number | undefined
  /** Whether projections and norms have biases. Default: true. */
  readonly bias?: boolean | undefined
  /** Whether the self-attention turns queries and keys by their place. Default: false. */
  readonly rotary?: boolean | undefined
  /** The base of the rotary angles, above 0. Default: 10000. */
  readonly rotaryBase?: number | undefined
}

/** What is filled in of `TransformerOptions`. */
export interface TransformerDefaults {
  readonly hiddenUnits: number
  readonly activation: Activation
  readonly dropout: number
  readonly norm: 'pre' | 'post'
  readonly epsilon: number
  readonly bias: boolean
  readonly rotary: boolean
  readonly rotaryBase: number
}

interface TransformerFields {
  heads: z.ZodNumber
  keyValueHeads: z.ZodOptional<z.ZodNumber>
  hiddenUnits: z.ZodDefault<z.ZodNumber>
  activation: z.ZodDefault<typeof activationSchema>
  dropout: z.ZodDefault<z.ZodNumber>
  norm: z.ZodDefault<z.ZodType<'pre' | 'post', 'pre' | 'post'>>
  epsilon: z.ZodDefault<z.ZodNumber>
  bias: z.ZodDefault<z.ZodBoolean>
  rotary: z.ZodDefault<z.ZodBoolean>
  rotaryBase: z.ZodDefault<z.ZodNumber>
}

/** The fields of `TransformerOptions`. */
export const transformerFields: TransformerFields = {
  heads: wholeNumber(1),
  keyValueHeads: wholeNumber(1).optional(),
  hiddenUnits: wholeNumber(1).default(2048),
  activation: activationSchema.default('relu'),
  dropout: number({ from: 0, below: 1 }).default(0.1),
  norm: choice(['pre', 'post']).default('post'),
  epsilon: number({ above: 0 }).default(1e-5),
  bias: flag().default(true),
  rotary: flag().default(false),
  rotaryBase: number({ above: 0 }).default(10_000),
}

/** The config of the block's attention, with its defaults filled in. */
export function attentionOf(config: TransformerOptions & TransformerDefaults): {
  readonly heads: number
  readonly keyValueHeads?: number
  readonly dropout: number
  readonly bias: boolean
  readonly weightInitializer: 'glorotUniform'
  readonly outputInitializer: 'fanInUniform'
  readonly biasInitializer: 'zeros'
} {
  const { heads, keyValueHeads, dropout, bias } = config
  return {
    heads,
    ...(keyValueHeads === undefined ? {} : { keyValueHeads }),
    dropout,
    bias,
    weightInitializer: 'glorotUniform',
    outputInitializer: 'fanInUniform',
    biasInitializer: 'zeros',
  }
}

/** `x -> W2 dropout(activation(W1 x + b1)) + b2`, as wide as its input. */
class FeedForward extends Module {
  readonly config: TransformerDefaults
  readonly hidden: Projection
  readonly output: Projection

  constructor(config: TransformerDefaults) {
    super()
    this.config = config
    const weightInitializer = 'fanInUniform'
    const rest = config.bias ? ({ biasInitializer: 'fanInUniform' } as const) : {}
    this.hidden = new Projection({ weightInitializer, ...rest })
    this.output = new Projection({ weightInitializer, ...rest })
  }

  override forward(x: Tensor): Tensor {
    const { hiddenUnits, activation, dropout } = this.config
    const hidden = activate(activation, this.hidden.project(x, hiddenUnits))
    const drops = currentMode() === 'train' && dropout > 0
    const kept = drops ? hidden.dropout(dropout, this.site()) : hidden
    return this.output.project(kept, x.shape.at(-1) ?? 1)
  }
}

/** A block of parts, each with a residual sum and a norm. */
export abstract class TransformerBlock<
  Config extends TransformerOptions & TransformerDefaults,
> extends Module {
  readonly config: Config
  readonly feedForward: Module

  constructor(config: Config) {
    super()
    this.config = config
    this.feedForward = new FeedForward(config)
  }

  /** A layer norm of the block. */
  protected layerNorm(): Module {
    const { epsilon, bias } = this.config
    const config = { type: 'layerNorm', axes: 1, epsilon, affine: true, bias } as const
    return layerNormLayer.build(config, () => this)
  }

  /** `x + dropout(part(norm(x)))`, or `norm(x + dropout(part(x)))`. */
  protected part(x: Tensor, norm: Module, part: (x: Tensor) => Tensor): Tensor {
    const { dropout, norm: place } = this.config
    const y = part(place === 'pre' ? norm.forward(x) : x)
    const drops = currentMode() === 'train' && dropout > 0
    const sum = x.add(drops ? y.dropout(dropout, this.site()) : y)
    return place === 'pre' ? sum : norm.forward(sum)
  }
}
