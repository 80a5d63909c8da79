// ZeroPad2d: rows and columns of zeros around images.

import { z } from 'zod'

import { options } from '../config/index.ts'
import type { Padding2d, Pair, Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, Resolved } from './define.ts'
import { Module } from './module.ts'
import { imageOf, sidesSchema } from './window.ts'

/** Options of `zeroPad2d`. */
export interface ZeroPad2dOptions {
  /** A number for every side, or `[[top, bottom], [left, right]]`. */
  readonly padding: number | Padding2d
}

/** The config of a `zeroPad2d` layer. */
export interface ZeroPad2dConfig extends ZeroPad2dOptions {
  readonly type: 'zeroPad2d'
}

/**
 * Zeros around: `[batch, height, width, channels] -> [batch, top + height + bottom, left + width +
 * right, channels]`.
 *
 * @example
 * ```ts
 * zeroPad2d({ padding: [[0, 1], [0, 1]] })
 * ```
 */
export function zeroPad2d(options: ZeroPad2dOptions): ZeroPad2dConfig {
  return describe('zeroPad2d', options)
}

class ZeroPad2d extends Module {
  readonly config: Resolved<ZeroPad2dConfig>

  constructor(config: Resolved<ZeroPad2dConfig>) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const { padding } = this.config
    imageOf(x, 'zeroPad2d')
    const side = [padding, padding] as Pair
    const [rows, columns] = typeof padding === 'number' ? [side, side] : padding
    return x.pad([[0, 0], rows, columns, [0, 0]])
  }
}

/** How `zeroPad2d` is checked and built. */
export const zeroPad2dLayer: LayerDefinition<ZeroPad2dConfig, Resolved<ZeroPad2dConfig>> = {
  type: 'zeroPad2d',
  schema: () =>
    options({
      type: z.literal('zeroPad2d'),
      padding: sidesSchema,
    }),
  build: (config) => new ZeroPad2d(config),
}
