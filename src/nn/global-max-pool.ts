// GlobalMaxPool: the largest value of each channel over all places.

import { z } from 'zod'

import { flag, options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here, Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, Resolved } from './define.ts'
import { lengthsOf } from './lengths.ts'
import { Module } from './module.ts'

/** Below every value, and finite, as gradients are. */
const lowest = -3.4e38

/** Options of `globalMaxPool`. */
export interface GlobalMaxPoolOptions {
  /** Whether the axes between stay with a size of 1. Default: false. */
  readonly keepDims?: boolean | undefined
}

/** The config of a `globalMaxPool` layer. */
export interface GlobalMaxPoolConfig extends GlobalMaxPoolOptions {
  readonly type: 'globalMaxPool'
}

/**
 * The largest value over all axes between the batch and the channels: `[batch, ..., c] -> [batch, c]`.
 * For sequences and images alike. A second input holds the lengths `[batch]` of sequences: what lies
 * beyond them is left out, but for the first step of a sequence of length 0.
 *
 * @example
 * ```ts
 * sequential([conv2d({ filters: 32, kernelSize: 3 }), globalMaxPool(), dense({ units: 10 })])
 * ```
 */
export function globalMaxPool(options: GlobalMaxPoolOptions = {}): GlobalMaxPoolConfig {
  return describe('globalMaxPool', options)
}

class GlobalMaxPool extends Module {
  readonly config: Resolved<GlobalMaxPoolConfig>

  constructor(config: Resolved<GlobalMaxPoolConfig>) {
    super()
    this.config = config
  }

  override forward(x: Tensor, lengths?: Tensor): Tensor {
    if (x.rank < 3) {
      const message = `globalMaxPool: expected an input [batch, ..., channels], got rank ${x.rank}`
      throw new AttuneError('SHAPE', here(message))
    }
    const axes = Array.from({ length: x.rank - 2 }, (_, i) => i + 1)
    const { keepDims } = this.config
    if (lengths === undefined) return x.max({ axes, keepDims })
    const steps = lengthsOf(lengths, x.shape[0] ?? 0)
      .cast('float32')
      .maximum(1)
      .cast('int32')
    const there = Tensor.full([...x.shape.slice(0, 2), 1], 1).maskTime(steps)
    return there.select(x, lowest).max({ axes, keepDims })
  }
}

/** How `globalMaxPool` is checked and built. */
export const globalMaxPoolLayer: LayerDefinition<
  GlobalMaxPoolConfig,
  Resolved<GlobalMaxPoolConfig>
> = {
  type: 'globalMaxPool',
  schema: () =>
    options({
      type: z.literal('globalMaxPool'),
      keepDims: flag().default(false),
    }),
  build: (config) => new GlobalMaxPool(config),
}
