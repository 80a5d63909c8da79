// Position embedding: tells each place of a sequence where it stands, by learned vectors or by sines.

import { z } from 'zod'

import { choice, number, options, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { initializerSchema } from './initializers.ts'
import type { Initializer } from './initializers.ts'
import { Module } from './module.ts'

/** Options of `positionEmbedding`. */
export interface PositionEmbeddingOptions {
  /**
   * A learned vector for each place, or `sin(t / base^(c / channels))` for even channels `c` and
   * `cos(t / base^((c - 1) / channels))` for odd ones (Vaswani et al. 2017, arXiv:1706.03762).
   * Default: `learned`.
   */
  readonly kind?: 'learned' | 'sinusoidal' | undefined
  /** Places that have a learned vector, at least 1. Default: the time of the first input. */
  readonly maxLength?: number | undefined
  /** Of the learned vectors. Default: `normal` with a deviation of 0.02, as in GPT-2. */
  readonly weightInitializer?: Initializer | undefined
  /** The base of the sines, above 0. Default: 10000. */
  readonly base?: number | undefined
}

/** The config of a `positionEmbedding` layer. */
export interface PositionEmbeddingConfig extends PositionEmbeddingOptions {
  readonly type: 'positionEmbedding'
}

type ResolvedPositionEmbedding = PositionEmbeddingConfig & {
  readonly kind: 'learned' | 'sinusoidal'
  readonly weightInitializer: Initializer
  readonly base: number
}

/**
 * Adds to each place of a sequence a vector of where it stands:
 * `[batch, time, channels] -> [batch, time, channels]`. Learned vectors are `weight`
 * `[maxLength, channels]`; sines have no weights and any length.
 *
 * @throws `AttuneError` `SHAPE` where a sequence is longer than `maxLength`.
 * @example
 * ```ts
 * positionEmbedding({ kind: 'sinusoidal' })
 * ```
 */
export function positionEmbedding(options: PositionEmbeddingOptions = {}): PositionEmbeddingConfig {
  return describe('positionEmbedding', options)
}

class PositionEmbedding extends Module {
  readonly config: ResolvedPositionEmbedding

  constructor(config: ResolvedPositionEmbedding) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const { kind, base, weightInitializer, maxLength } = this.config
    const [, time, channels] = x.shape
    if (x.rank !== 3 || time === undefined || channels === undefined) {
      const message = `expected an input [batch, time, channels], got [${x.shape.join(', ')}]`
      throw new AttuneError('SHAPE', here(message))
    }
    if (kind === 'sinusoidal') return x.sinusoid(base)
    const length = maxLength ?? time
    if (time > length) {
      const message = `expected at most maxLength ${length} places, got ${time}: raise maxLength`
      throw new AttuneError('SHAPE', here(message))
    }
    const weight = this.state('weight', [length, channels], { initializer: weightInitializer })
    return x.add(time === length ? weight : weight.slice([0, 0], [time, channels]))
  }
}

/** How `positionEmbedding` is checked and built. */
export const positionEmbeddingLayer: LayerDefinition<
  PositionEmbeddingConfig,
  ResolvedPositionEmbedding
> = {
  type: 'positionEmbedding',
  schema: () =>
    options({
      type: z.literal('positionEmbedding'),
      kind: choice(['learned', 'sinusoidal']).default('learned'),
      maxLength: wholeNumber(1).optional(),
      weightInitializer: initializerSchema.default({ type: 'normal', deviation: 0.02 }),
      base: number({ above: 0 }).default(10_000),
    }),
  build: (config) => new PositionEmbedding(config),
}
