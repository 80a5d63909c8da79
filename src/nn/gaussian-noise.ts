// Gaussian noise: `y = x + σ z` with normal `z` while training. Bishop 1995, Neural Computation 7.

import { z } from 'zod'

import { number, options } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, Resolved } from './define.ts'
import { Module } from './module.ts'
import { currentMode } from './trace.ts'

/** Options of `gaussianNoise`. */
export interface GaussianNoiseOptions {
  /** The standard deviation `σ` of the noise, at least 0. */
  readonly deviation: number
}

/** The config of a `gaussianNoise` layer. */
export interface GaussianNoiseConfig extends GaussianNoiseOptions {
  readonly type: 'gaussianNoise'
}

/**
 * Adds normal noise of mean 0 to each value while training; hands its input on otherwise. Any shape.
 * As Keras' `GaussianNoise`; PyTorch has none.
 *
 * The noise is a function of the seed, the step and the layer's name.
 *
 * @example
 * ```ts
 * gaussianNoise({ deviation: 0.1 })
 * ```
 */
export function gaussianNoise(options: GaussianNoiseOptions): GaussianNoiseConfig {
  return describe('gaussianNoise', options)
}

class GaussianNoise extends Module {
  readonly config: Resolved<GaussianNoiseConfig>

  constructor(config: Resolved<GaussianNoiseConfig>) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const { deviation } = this.config
    return currentMode() === 'eval' || deviation === 0 ? x : x.gaussianNoise(deviation, this.site())
  }
}

/** How `gaussianNoise` is checked and built. */
export const gaussianNoiseLayer: LayerDefinition<
  GaussianNoiseConfig,
  Resolved<GaussianNoiseConfig>
> = {
  type: 'gaussianNoise',
  schema: () =>
    options({
      type: z.literal('gaussianNoise'),
      deviation: number({ from: 0 }),
    }),
  build: (config) => new GaussianNoise(config),
}
