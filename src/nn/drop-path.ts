// Drop path or stochastic depth: a sample's whole branch becomes zero while training. Huang et al. 2016, arXiv:1603.09382.

import { z } from 'zod'

import { number, options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here, Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, Resolved } from './define.ts'
import { Module } from './module.ts'
import { currentMode } from './trace.ts'

/** Options of `dropPath`. */
export interface DropPathOptions {
  /** The share of samples that become 0, at least 0 and below 1. */
  readonly rate: number
}

/** The config of a `dropPath` layer. */
export interface DropPathConfig extends DropPathOptions {
  readonly type: 'dropPath'
}

/**
 * Zeroes all values of a sample with probability `rate` and scales the others by `1 / (1 - rate)`
 * while training; hands its input on otherwise. `[batch, ...] -> [batch, ...]`; the last layer of a
 * `residual`.
 *
 * The samples that fall are a function of the seed, the step and the layer's name.
 *
 * @example
 * ```ts
 * residual({ layer: sequential([layerNorm(), dense({ units: 64 }), dropPath({ rate: 0.1 })]) })
 * ```
 */
export function dropPath(options: DropPathOptions): DropPathConfig {
  return describe('dropPath', options)
}

class DropPath extends Module {
  readonly config: Resolved<DropPathConfig>

  constructor(config: Resolved<DropPathConfig>) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const { rate } = this.config
    const [batch] = x.shape
    if (batch === undefined) {
      throw new AttuneError('SHAPE', here('dropPath: expected an input [batch, ...], got a scalar'))
    }
    if (currentMode() === 'eval' || rate === 0) return x
    const samples = x.shape.map((size, axis) => (axis === 0 ? size : 1))
    return x.mul(Tensor.ones(samples).dropout(rate, this.site()))
  }
}

/** How `dropPath` is checked and built. */
export const dropPathLayer: LayerDefinition<DropPathConfig, Resolved<DropPathConfig>> = {
  type: 'dropPath',
  schema: () =>
    options({
      type: z.literal('dropPath'),
      rate: number({ from: 0, below: 1 }),
    }),
  build: (config) => new DropPath(config),
}
