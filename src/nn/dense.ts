// Dense: `y = activation(x W + b)` over the last axis.

import { z } from 'zod'

import { flag, options, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { elements, here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { activate, activationSchema } from './activation.ts'
import type { Activation } from './activation.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { initializerSchema } from './initializers.ts'
import type { Initializer } from './initializers.ts'
import { Module } from './module.ts'

/** Options of `dense`. */
export interface DenseOptions {
  /** The size of the output's last axis, at least 1. */
  readonly units: number
  /** Applied to the output. Default: none. */
  readonly activation?: Activation | undefined
  /** Whether a bias is added. Default: true. */
  readonly bias?: boolean | undefined
  /** Default: `fanInUniform`. */
  readonly weightInitializer?: Initializer | undefined
  /** Default: uniform within ±1 / √inputs. */
  readonly biasInitializer?: Initializer | undefined
}

/** The config of a `dense` layer. */
export interface DenseConfig extends DenseOptions {
  readonly type: 'dense'
}

type ResolvedDense = DenseConfig & {
  readonly bias: boolean
  readonly weightInitializer: Initializer
  readonly biasInitializer: Initializer
}

/**
 * A fully connected layer: `[..., in] -> [..., units]`, with `weight` `[in, units]` and `bias`
 * `[units]`. The size `in` is that of its first input.
 *
 * @example
 * ```ts
 * dense({ units: 128, activation: 'relu' })
 * ```
 */
export function dense(options: DenseOptions): DenseConfig {
  return describe('dense', options)
}

class Dense extends Module {
  readonly config: ResolvedDense

  constructor(config: ResolvedDense) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const { units, bias, activation, weightInitializer, biasInitializer } = this.config
    const inputs = x.shape.at(-1)
    if (inputs === undefined) {
      throw new AttuneError('SHAPE', here('dense: expected an input [..., in], got a scalar'))
    }
    const fans = { fanIn: inputs, fanOut: units }
    const weight = this.state('weight', [inputs, units], { initializer: weightInitializer, fans })
    const rows = x.rank === 2 ? x : x.reshape([elements(x.shape.slice(0, -1)), inputs])
    let y = rows.matMul(weight)
    if (bias) y = y.add(this.state('bias', [units], { initializer: biasInitializer, fans }))
    if (x.rank !== 2) y = y.reshape([...x.shape.slice(0, -1), units])
    return activate(activation, y)
  }
}

/** How `dense` is checked and built. */
export const denseLayer: LayerDefinition<DenseConfig, ResolvedDense> = {
  type: 'dense',
  schema: () =>
    options({
      type: z.literal('dense'),
      units: wholeNumber(1),
      activation: activationSchema.optional(),
      bias: flag().default(true),
      weightInitializer: initializerSchema.default('fanInUniform'),
      biasInitializer: initializerSchema.default('fanInUniform'),
    }),
  build: (config) => new Dense(config),
}
