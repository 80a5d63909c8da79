// Dropout: zeroes a share of the values while training. Srivastava et al. 2014.

import { z } from 'zod'

import { number, options } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, Resolved } from './define.ts'
import { Module } from './module.ts'
import { currentMode } from './trace.ts'

/** Options of `dropout`. */
export interface DropoutOptions {
  /** The share of values that become 0, at least 0 and below 1. */
  readonly rate: number
}

/** The config of a `dropout` layer. */
export interface DropoutConfig extends DropoutOptions {
  readonly type: 'dropout'
}

/**
 * Zeroes each value with probability `rate` and scales the others by `1 / (1 - rate)` while
 * training; hands its input on otherwise. Any shape.
 *
 * The values that fall are a function of the seed, the step and the layer's name.
 *
 * @example
 * ```ts
 * dropout({ rate: 0.5 })
 * ```
 */
export function dropout(options: DropoutOptions): DropoutConfig {
  return describe('dropout', options)
}

class Dropout extends Module {
  readonly config: Resolved<DropoutConfig>

  constructor(config: Resolved<DropoutConfig>) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const { rate } = this.config
    return currentMode() === 'eval' || rate === 0 ? x : x.dropout(rate, this.site())
  }
}

/** How `dropout` is checked and built. */
export const dropoutLayer: LayerDefinition<DropoutConfig, Resolved<DropoutConfig>> = {
  type: 'dropout',
  schema: () => options({ type: z.literal('dropout'), rate: number({ from: 0, below: 1 }) }),
  build: (config) => new Dropout(config),
}
