// Residual: a layer's output and its input added: `y = x + f(x)`. He et al. 2015, arXiv:1512.03385.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, TypedConfig } from './define.ts'
import type { LayerConfig } from './layers.ts'
import { Module } from './module.ts'

/** Options of `residual`. */
export interface ResidualOptions {
  /** What is added to the input. Its name is `layer`. */
  readonly layer: LayerConfig
  /** What brings the input to the shape of the output, such as a 1 × 1 convolution. Default: nothing. */
  readonly projection?: LayerConfig | undefined
}

/** The config of a `residual` layer. */
export interface ResidualConfig extends ResidualOptions {
  readonly type: 'residual'
}

/**
 * `projection(x) + layer(x)`: `[batch, ...] -> [batch, ...]`.
 *
 * @throws `AttuneError` `SHAPE` where both sides differ in shape.
 *
 * @example
 * ```ts
 * residual({
 *   layer: sequential([conv2d({ filters: 32, kernelSize: 3, stride: 2, padding: 1 }), batchNorm()]),
 *   projection: conv2d({ filters: 32, kernelSize: 1, stride: 2, bias: false }),
 * })
 * ```
 */
export function residual(options: ResidualOptions): ResidualConfig {
  return describe('residual', options)
}

class Residual extends Module {
  readonly layer: Module
  readonly projection: Module | undefined

  constructor(config: ResidualConfig, make: (config: TypedConfig) => Module) {
    super()
    this.layer = make(config.layer)
    this.projection = config.projection && make(config.projection)
  }

  override forward(x: Tensor): Tensor {
    const y = this.layer.forward(x)
    const shortcut = this.projection?.forward(x) ?? x
    if (y.shape.join() === shortcut.shape.join()) return shortcut.add(y)
    const message =
      `residual: the layer gives [${y.shape.join(', ')}] and the input beside it is ` +
      `[${shortcut.shape.join(', ')}]: give a projection that makes them equal`
    throw new AttuneError('SHAPE', here(message))
  }
}

/** How `residual` is checked and built. */
export const residualLayer: LayerDefinition<ResidualConfig, ResidualConfig> = {
  type: 'residual',
  schema: (layer) =>
    options({
      type: z.literal('residual'),
      layer: layer as z.ZodType<LayerConfig, LayerConfig>,
      projection: (layer as z.ZodType<LayerConfig, LayerConfig>).optional(),
    }),
  build: (config, make) => new Residual(config, make),
}
