// What self- and cross-attention share: projections to heads, attention, the way back.

import type { z } from 'zod'

import { flag, number, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { initializerSchema } from './initializers.ts'
import type { Initializer } from './initializers.ts'
import { Module } from './module.ts'
import { Projection } from './projection.ts'
import { currentMode } from './trace.ts'

/** Options of attention of either kind. */
export interface AttentionLayerOptions {
  /** How many attentions run side by side, at least 1. */
  readonly heads: number
  /** Heads of keys and values, a divisor of `heads`; each serves as many heads. Default: `heads`. */
  readonly keyValueHeads?: number | undefined
  /** Channels of a head. Default: the width of the input divided by `heads`. */
  readonly headSize?: number | undefined
  /** What products of queries and keys are multiplied by, above 0. Default: `1 / √headSize`. */
  readonly scale?: number | undefined
  /** The share of the weights that becomes 0 while training, from 0 and below 1. Default: 0. */
  readonly dropout?: number | undefined
  /** Whether the four projections have a bias. Default: true. */
  readonly bias?: boolean | undefined
  /** Of queries, keys and values. Default: `glorotUniform` of the three as one weight. */
  readonly weightInitializer?: Initializer | undefined
  /** Of the projection back. Default: `fanInUniform`. */
  readonly outputInitializer?: Initializer | undefined
  /** Default: `zeros`. */
  readonly biasInitializer?: Initializer | undefined
}

/** What is filled in of `AttentionLayerOptions`. */
export interface AttentionDefaults {
  readonly dropout: number
  readonly bias: boolean
  readonly weightInitializer: Initializer
  readonly outputInitializer: Initializer
  readonly biasInitializer: Initializer
}

interface AttentionFields {
  heads: z.ZodNumber
  keyValueHeads: z.ZodOptional<z.ZodNumber>
  headSize: z.ZodOptional<z.ZodNumber>
  scale: z.ZodOptional<z.ZodNumber>
  dropout: z.ZodDefault<z.ZodNumber>
  bias: z.ZodDefault<z.ZodBoolean>
  weightInitializer: z.ZodDefault<typeof initializerSchema>
  outputInitializer: z.ZodDefault<typeof initializerSchema>
  biasInitializer: z.ZodDefault<typeof initializerSchema>
}

/** The fields of `AttentionLayerOptions`. */
export const attentionFields: AttentionFields = {
  heads: wholeNumber(1),
  keyValueHeads: wholeNumber(1).optional(),
  headSize: wholeNumber(1).optional(),
  scale: number({ above: 0 }).optional(),
  dropout: number({ from: 0, below: 1 }).default(0),
  bias: flag().default(true),
  weightInitializer: initializerSchema.default('glorotUniform'),
  outputInitializer: initializerSchema.default('fanInUniform'),
  biasInitializer: initializerSchema.default('zeros'),
}

/**
 * Whether each head of keys serves as many heads of queries.
 *
 * @example
 * ```ts
 * options({ ...attentionFields }).refine(headsDivide, headsProblem)
 * ```
 */
export function headsDivide(config: {
  heads: number
  keyValueHeads?: number | undefined
}): boolean {
  const { heads, keyValueHeads } = config
  return keyValueHeads === undefined || heads % keyValueHeads === 0
}

/** What is said where they do not. */
export const headsProblem: {
  path: PropertyKey[]
  error: (issue: { input?: unknown }) => string
} = {
  path: ['keyValueHeads'],
  error: ({ input }) => {
    const { heads, keyValueHeads } = input as { heads: number; keyValueHeads: number }
    return `expected a divisor of the ${heads} heads, got ${keyValueHeads}`
  },
}

/** How queries see keys. */
export interface Seeing {
  readonly causal?: boolean
  /** The base of the rotary embedding. Default: none. */
  readonly rotary?: number | undefined
  readonly mask?: Tensor | undefined
}

/** Attention with its projections `query`, `key`, `value` and `output`. */
export abstract class AttentionLayer<
  Config extends AttentionLayerOptions & AttentionDefaults,
> extends Module {
  readonly config: Config
  readonly query: Projection
  readonly key: Projection
  readonly value: Projection
  readonly output: Projection

  constructor(config: Config) {
    super()
    this.config = config
    const { weightInitializer, outputInitializer, biasInitializer, bias } = config
    const rest = bias ? { biasInitializer } : {}
    this.query = new Projection({ weightInitializer, ...rest })
    this.key = new Projection({ weightInitializer, ...rest })
    this.value = new Projection({ weightInitializer, ...rest })
    this.output = new Projection({ weightInitializer: outputInitializer, ...rest })
  }

  /** Attention of `x` `[batch, time, width]` to `context` `[batch, time, channels]`. */
  protected attend(x: Tensor, context: Tensor, { causal = false, rotary, mask }: Seeing): Tensor {
    const { heads, keyValueHeads = heads, scale, dropout } = this.config
    const width = sequence(x, 'an input')
    const channels = sequence(context, 'a context')
    const size = this.#headSize(width)
    const [queryUnits, keyUnits] = [heads * size, keyValueHeads * size]
    const together = { fanIn: width, fanOut: queryUnits + 2 * keyUnits }
    const fans = width === channels ? together : undefined
    const split = (y: Tensor, count: number): Tensor =>
      y.reshape([...y.shape.slice(0, 2), count, size])
    const turn = (y: Tensor): Tensor => (rotary === undefined ? y : y.rotary(rotary))
    const queries = turn(split(this.query.project(x, queryUnits, fans), heads))
    const keys = turn(split(this.key.project(context, keyUnits, fans), keyValueHeads))
    const values = split(this.value.project(context, keyUnits, fans), keyValueHeads)
    const drops = currentMode() === 'train' && dropout > 0
    const y = queries.attention(keys, values, {
      causal,
      ...(scale === undefined ? {} : { scale }),
      ...(drops ? { dropout, site: this.site() } : {}),
      mask: mask && keyMask(mask, context),
    })
    return this.output.project(y.reshape([...x.shape.slice(0, 2), queryUnits]), width)
  }

  #headSize(width: number): number {
    const { heads, headSize } = this.config
    if (headSize !== undefined) return headSize
    if (width % heads === 0) return width / heads
    const message =
      `expected heads that divide the width ${width} of the input, got ${heads}: ` +
      'choose a divisor, or give headSize'
    throw new AttuneError('SHAPE', here(message))
  }
}

/** The channels of a sequence. */
function sequence(x: Tensor, what: string): number {
  const channels = x.shape[2]
  if (x.rank === 3 && channels !== undefined) return channels
  const message = `expected ${what} [batch, time, channels], got [${x.shape.join(', ')}]`
  throw new AttuneError('SHAPE', here(message))
}

/** Lengths `[batch]` or a mask `[batch, time]` of the keys, as the native op takes them. */
function keyMask(mask: Tensor, context: Tensor): Tensor {
  const [batch, time] = context.shape
  const wanted = mask.rank === 1 ? [batch] : [batch, time]
  if (mask.shape.join() === wanted.join()) return mask.cast('int32')
  const message =
    `expected the lengths [${batch}] of the sequences or a mask [${batch}, ${time}] of their ` +
    `places, got [${mask.shape.join(', ')}]`
  throw new AttuneError('SHAPE', here(message))
}
