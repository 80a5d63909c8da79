// GlobalAvgPool: the mean of each channel over all places.

import { z } from 'zod'

import { flag, options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, Resolved } from './define.ts'
import { lengthsOf } from './lengths.ts'
import { Module } from './module.ts'

/** Options of `globalAvgPool`. */
export interface GlobalAvgPoolOptions {
  /** Whether the axes between stay with a size of 1. Default: false. */
  readonly keepDims?: boolean | undefined
}

/** The config of a `globalAvgPool` layer. */
export interface GlobalAvgPoolConfig extends GlobalAvgPoolOptions {
  readonly type: 'globalAvgPool'
}

/**
 * The mean over all axes between the batch and the channels: `[batch, ..., c] -> [batch, c]`.
 * For sequences and images alike. A second input holds the lengths `[batch]` of sequences: what lies
 * beyond them is no part of the mean, which is zeros for a sequence of length 0.
 *
 * @example
 * ```ts
 * sequential([conv2d({ filters: 32, kernelSize: 3 }), globalAvgPool(), dense({ units: 10 })])
 * ```
 */
export function globalAvgPool(options: GlobalAvgPoolOptions = {}): GlobalAvgPoolConfig {
  return describe('globalAvgPool', options)
}

class GlobalAvgPool extends Module {
  readonly config: Resolved<GlobalAvgPoolConfig>

  constructor(config: Resolved<GlobalAvgPoolConfig>) {
    super()
    this.config = config
  }

  override forward(x: Tensor, lengths?: Tensor): Tensor {
    if (x.rank < 3) {
      const message = `globalAvgPool: expected an input [batch, ..., channels], got rank ${x.rank}`
      throw new AttuneError('SHAPE', here(message))
    }
    const axes = Array.from({ length: x.rank - 2 }, (_, i) => i + 1)
    const { keepDims } = this.config
    if (lengths === undefined) return x.mean({ axes, keepDims })
    const steps = lengthsOf(lengths, x.shape[0] ?? 0)
    const counts = steps.cast('float32').maximum(1)
    const sizes = [x.shape[0] ?? 0, ...(keepDims ? [1] : []), 1]
    return x.maskTime(steps).sum({ axes, keepDims }).div(counts.reshape(sizes))
  }
}

/** How `globalAvgPool` is checked and built. */
export const globalAvgPoolLayer: LayerDefinition<
  GlobalAvgPoolConfig,
  Resolved<GlobalAvgPoolConfig>
> = {
  type: 'globalAvgPool',
  schema: () =>
    options({
      type: z.literal('globalAvgPool'),
      keepDims: flag().default(false),
    }),
  build: (config) => new GlobalAvgPool(config),
}
