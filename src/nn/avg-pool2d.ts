// AvgPool2d: the mean of each window of an image.

import { z } from 'zod'

import { flag, options } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { Module } from './module.ts'
import { imageOf, padding2d, paddingSchema, pairOf, size2d } from './window.ts'
import type { Padding, Size2d } from './window.ts'

/** Options of `avgPool2d`. */
export interface AvgPool2dOptions {
  /** Height and width of the window. */
  readonly poolSize: Size2d
  /** The step of the window. Default: `poolSize`. */
  readonly stride?: Size2d | undefined
  /** What is added around the image. Default: `valid`. */
  readonly padding?: Padding | undefined
  /** Whether padding counts as zeros, or not at all. Default: true. */
  readonly countIncludePad?: boolean | undefined
}

/** The config of a `avgPool2d` layer. */
export interface AvgPool2dConfig extends AvgPool2dOptions {
  readonly type: 'avgPool2d'
}

type ResolvedAvgPool2d = AvgPool2dConfig & {
  readonly padding: Padding
  readonly countIncludePad: boolean
}

/**
 * The mean of each window: `[batch, height, width, channels] -> [batch, h, w, channels]`.
 *
 * @example
 * ```ts
 * avgPool2d({ poolSize: 2 })
 * ```
 */
export function avgPool2d(options: AvgPool2dOptions): AvgPool2dConfig {
  return describe('avgPool2d', options)
}

class AvgPool2d extends Module {
  readonly config: ResolvedAvgPool2d

  constructor(config: ResolvedAvgPool2d) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const [height, width] = imageOf(x, 'avgPool2d')
    const size = pairOf(this.config.poolSize)
    const stride = pairOf(this.config.stride ?? size)
    const slide = { image: [height, width], size, stride, dilation: [1, 1] } as const
    const padding = padding2d(this.config.padding, slide)
    const { countIncludePad } = this.config
    return x.avgPool2d({ window: size, stride, padding, countIncludePad })
  }
}

/** How `avgPool2d` is checked and built. */
export const avgPool2dLayer: LayerDefinition<AvgPool2dConfig, ResolvedAvgPool2d> = {
  type: 'avgPool2d',
  schema: () =>
    options({
      type: z.literal('avgPool2d'),
      poolSize: size2d,
      stride: size2d.optional(),
      padding: paddingSchema.default('valid'),
      countIncludePad: flag().default(true),
    }),
  build: (config) => new AvgPool2d(config),
}
