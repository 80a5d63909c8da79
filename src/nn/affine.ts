// What norms share: a weight and a bias for each channel, and the penalties on them.

import type { z } from 'zod'

import type { Tensor } from '../tensor/index.ts'
import { Module } from './module.ts'
import { regularizerSchema } from './regularizer.ts'
import type { Regularizer } from './regularizer.ts'

/** Options of the `weight` of a norm. */
export interface ScaleOptions {
  /** A penalty on `weight`, Keras' gamma, that is added to the loss. Default: none. */
  readonly weightRegularizer?: Regularizer | undefined
}

/** Options of the `weight` and the `bias` of a norm. */
export interface AffineOptions extends ScaleOptions {
  /** A penalty on `bias`, Keras' beta, that is added to the loss. Default: none. */
  readonly biasRegularizer?: Regularizer | undefined
}

interface ScaleFields {
  weightRegularizer: z.ZodOptional<typeof regularizerSchema>
}

interface AffineFields extends ScaleFields {
  biasRegularizer: z.ZodOptional<typeof regularizerSchema>
}

/** The fields of `ScaleOptions`. */
export const scaleFields: ScaleFields = { weightRegularizer: regularizerSchema.optional() }

/** The fields of `AffineOptions`. */
export const affineFields: AffineFields = {
  ...scaleFields,
  biasRegularizer: regularizerSchema.optional(),
}

/** A norm with a `weight` that begins as ones, and perhaps a `bias` that begins as zeros. */
export abstract class AffineLayer<Config extends AffineOptions> extends Module {
  readonly config: Config

  constructor(config: Config) {
    super()
    this.config = config
  }

  /** The weight. */
  protected scale(shape: readonly number[]): Tensor {
    const { weightRegularizer } = this.config
    return this.state('weight', shape, { initializer: 'ones', regularizer: weightRegularizer })
  }

  /** The bias. */
  protected shift(shape: readonly number[]): Tensor {
    const { biasRegularizer } = this.config
    return this.state('bias', shape, { initializer: 'zeros', regularizer: biasRegularizer })
  }
}
