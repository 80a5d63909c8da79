// GlobalMaxPool: the largest value of each channel over all places.

import { z } from 'zod'

import { flag, options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, Resolved } from './define.ts'
import { Module } from './module.ts'

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
 * For sequences and images alike.
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

  override forward(x: Tensor): Tensor {
    if (x.rank < 3) {
      const message = `globalMaxPool: expected an input [batch, ..., channels], got rank ${x.rank}`
      throw new AttuneError('SHAPE', here(message))
    }
    const axes = Array.from({ length: x.rank - 2 }, (_, i) => i + 1)
    return x.max({ axes, keepDims: this.config.keepDims })
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
