// MaxPool2d: the largest value of each window of an image.

import { z } from 'zod'

import { options } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { Module } from './module.ts'
import { imageOf, padding2d, paddingSchema, pairOf, size2d } from './window.ts'
import type { Padding, Size2d } from './window.ts'

/** Options of `maxPool2d`. */
export interface MaxPool2dOptions {
  /** Height and width of the window. */
  readonly poolSize: Size2d
  /** The step of the window. Default: `poolSize`. */
  readonly stride?: Size2d | undefined
  /** What is added around the image; it counts as minus infinity. Default: `valid`. */
  readonly padding?: Padding | undefined
}

/** The config of a `maxPool2d` layer. */
export interface MaxPool2dConfig extends MaxPool2dOptions {
  readonly type: 'maxPool2d'
}

type ResolvedMaxPool2d = MaxPool2dConfig & { readonly padding: Padding }

/**
 * The largest value of each window: `[batch, height, width, channels] -> [batch, h, w, channels]`.
 *
 * @example
 * ```ts
 * maxPool2d({ poolSize: 2 })
 * ```
 */
export function maxPool2d(options: MaxPool2dOptions): MaxPool2dConfig {
  return describe('maxPool2d', options)
}

class MaxPool2d extends Module {
  readonly config: ResolvedMaxPool2d

  constructor(config: ResolvedMaxPool2d) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const [height, width] = imageOf(x, 'maxPool2d')
    const size = pairOf(this.config.poolSize)
    const stride = pairOf(this.config.stride ?? size)
    const slide = { image: [height, width], size, stride, dilation: [1, 1] } as const
    const padding = padding2d(this.config.padding, slide)
    return x.maxPool2d({ window: size, stride, padding })
  }
}

/** How `maxPool2d` is checked and built. */
export const maxPool2dLayer: LayerDefinition<MaxPool2dConfig, ResolvedMaxPool2d> = {
  type: 'maxPool2d',
  schema: () =>
    options({
      type: z.literal('maxPool2d'),
      poolSize: size2d,
      stride: size2d.optional(),
      padding: paddingSchema.default('valid'),
    }),
  build: (config) => new MaxPool2d(config),
}
