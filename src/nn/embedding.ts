// Embedding: a vector for each entry of a vocabulary: `y[i] = weight[x[i]]`.

import { z } from 'zod'

import { options, wholeNumber } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { initializerSchema } from './initializers.ts'
import type { Initializer } from './initializers.ts'
import { Module } from './module.ts'
import { regularizerSchema } from './regularizer.ts'
import type { Regularizer } from './regularizer.ts'

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** How many entries there are, at least 1. */
  readonly vocabularySize: number
  /** The size of an entry's vector, at least 1. */
  readonly units: number
  /** The entry whose vector is zeros and stays so, below `vocabularySize`. Default: none. */
  readonly paddingIndex?: number | undefined
  /** Default: `normal` with a deviation of 1, as in PyTorch. */
  readonly weightInitializer?: Initializer | undefined
  /** A penalty on `weight`, Keras' embeddings, that is added to the loss. Default: none. */
  readonly weightRegularizer?: Regularizer | undefined
}

/** The config of an `embedding` layer. */
export interface EmbeddingConfig extends EmbeddingOptions {
  readonly type: 'embedding'
}

type ResolvedEmbedding = EmbeddingConfig & { readonly weightInitializer: Initializer }

/**
 * The vectors of entries: `[...] -> [..., units]`, with `weight` `[vocabularySize, units]`. Entries
 * are whole numbers from 0 and below `vocabularySize`, in any element type; any other ends the
 * run with `DATA`.
 *
 * @example
 * ```ts
 * embedding({ vocabularySize: 65, units: 128 })
 * ```
 */
export function embedding(options: EmbeddingOptions): EmbeddingConfig {
  return describe('embedding', options)
}

class Embedding extends Module {
  readonly config: ResolvedEmbedding

  constructor(config: ResolvedEmbedding) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const { vocabularySize, units, paddingIndex, weightInitializer, weightRegularizer } =
      this.config
    const weight = this.state('weight', [vocabularySize, units], {
      initializer: weightInitializer,
      regularizer: weightRegularizer,
    })
    const vectors = weight.gather(x.cast('int32'), { checked: true })
    if (paddingIndex === undefined) return vectors
    const there = x.cast('float32').notEqual(paddingIndex)
    return vectors.mul(there.reshape([...x.shape, 1]))
  }
}

/** How `embedding` is checked and built. */
export const embeddingLayer: LayerDefinition<EmbeddingConfig, ResolvedEmbedding> = {
  type: 'embedding',
  schema: () =>
    options({
      type: z.literal('embedding'),
      vocabularySize: wholeNumber(1),
      units: wholeNumber(1),
      paddingIndex: wholeNumber().optional(),
      weightInitializer: initializerSchema.default({ type: 'normal', deviation: 1 }),
      weightRegularizer: regularizerSchema.optional(),
    }).refine(
      ({ vocabularySize, paddingIndex = -1 }) => paddingIndex < Math.max(vocabularySize, 0),
      {
        path: ['paddingIndex'],
        error: ({ input }) => {
          const { vocabularySize, paddingIndex } = input as EmbeddingConfig
          return `expected a whole number below the vocabularySize ${vocabularySize}, got ${paddingIndex}`
        },
      },
    ),
  build: (config) => new Embedding(config),
}
