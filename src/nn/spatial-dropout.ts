// Spatial dropout: whole channels become zero while training. Tompson et al. 2014, arXiv:1411.4280.

import { z } from 'zod'

import { number, options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here, Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, Resolved } from './define.ts'
import { Module } from './module.ts'
import { currentMode } from './trace.ts'

/** Options of `spatialDropout`. */
export interface SpatialDropoutOptions {
  /** The share of channels that become 0, at least 0 and below 1. */
  readonly rate: number
}

/** The config of a `spatialDropout` layer. */
export interface SpatialDropoutConfig extends SpatialDropoutOptions {
  readonly type: 'spatialDropout'
}

/**
 * Zeroes whole channels of each sample with probability `rate` and scales the others by
 * `1 / (1 - rate)` while training; hands its input on otherwise. `[batch, ..., c] -> [batch, ..., c]`,
 * as `Dropout1d` and `Dropout2d` of PyTorch.
 *
 * The channels that fall are a function of the seed, the step and the layer's name.
 *
 * @example
 * ```ts
 * spatialDropout({ rate: 0.2 })
 * ```
 */
export function spatialDropout(options: SpatialDropoutOptions): SpatialDropoutConfig {
  return describe('spatialDropout', options)
}

class SpatialDropout extends Module {
  readonly config: Resolved<SpatialDropoutConfig>

  constructor(config: Resolved<SpatialDropoutConfig>) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const { rate } = this.config
    if (x.rank < 2) {
      const message = `spatialDropout: expected an input [batch, ..., channels], got rank ${x.rank}`
      throw new AttuneError('SHAPE', here(message))
    }
    if (currentMode() === 'eval' || rate === 0) return x
    const channels = x.shape.map((size, axis) => (axis === 0 || axis === x.rank - 1 ? size : 1))
    return x.mul(Tensor.ones(channels).dropout(rate, this.site()))
  }
}

/** How `spatialDropout` is checked and built. */
export const spatialDropoutLayer: LayerDefinition<
  SpatialDropoutConfig,
  Resolved<SpatialDropoutConfig>
> = {
  type: 'spatialDropout',
  schema: () =>
    options({
      type: z.literal('spatialDropout'),
      rate: number({ from: 0, below: 1 }),
    }),
  build: (config) => new SpatialDropout(config),
}
