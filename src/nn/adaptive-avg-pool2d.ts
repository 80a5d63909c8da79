// AdaptiveAvgPool2d: the means of as many windows as the output has places.

import { z } from 'zod'

import { options } from '../config/index.ts'
import type { Pair, Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, Resolved } from './define.ts'
import { Module } from './module.ts'
import { imageOf, padding2d, pairOf, size2d } from './window.ts'
import type { Size2d } from './window.ts'

/** Options of `adaptiveAvgPool2d`. */
export interface AdaptiveAvgPool2dOptions {
  /** Height and width of the output. */
  readonly outputSize: Size2d
}

/** The config of an `adaptiveAvgPool2d` layer. */
export interface AdaptiveAvgPool2dConfig extends AdaptiveAvgPool2dOptions {
  readonly type: 'adaptiveAvgPool2d'
}

/**
 * The mean of each of `h × w` windows that cover the image, whatever its size:
 * `[batch, height, width, channels] -> [batch, h, w, channels]`. Window `i` of `h` goes from row
 * `⌊i height / h⌋` up to row `⌈(i + 1) height / h⌉`, as PyTorch's.
 *
 * @example
 * ```ts
 * sequential([adaptiveAvgPool2d({ outputSize: 7 }), flatten()])
 * ```
 */
export function adaptiveAvgPool2d(options: AdaptiveAvgPool2dOptions): AdaptiveAvgPool2dConfig {
  return describe('adaptiveAvgPool2d', options)
}

class AdaptiveAvgPool2d extends Module {
  readonly config: Resolved<AdaptiveAvgPool2dConfig>

  constructor(config: Resolved<AdaptiveAvgPool2dConfig>) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const [height, width] = imageOf(x, 'adaptiveAvgPool2d')
    const [rows, columns] = pairOf(this.config.outputSize)
    if (height % rows !== 0 || width % columns !== 0) return means(means(x, 1, rows), 2, columns)
    const window: Pair = [height / rows, width / columns]
    const padding = padding2d('valid', {
      image: [height, width],
      size: window,
      stride: window,
      dilation: [1, 1],
    })
    return x.avgPool2d({ window, stride: window, padding, countIncludePad: true })
  }
}

/** How `adaptiveAvgPool2d` is checked and built. */
export const adaptiveAvgPool2dLayer: LayerDefinition<
  AdaptiveAvgPool2dConfig,
  Resolved<AdaptiveAvgPool2dConfig>
> = {
  type: 'adaptiveAvgPool2d',
  schema: () =>
    options({
      type: z.literal('adaptiveAvgPool2d'),
      outputSize: size2d,
    }),
  build: (config) => new AdaptiveAvgPool2d(config),
}

/** The means of `count` windows along an axis, which may overlap. */
function means(x: Tensor, axis: number, count: number): Tensor {
  const size = x.shape[axis] ?? 0
  const windows = Array.from({ length: count }, (_, i) => {
    const [from, to] = [Math.floor((i * size) / count), Math.ceil(((i + 1) * size) / count)]
    const window = x.slice(
      x.shape.map((_, other) => (other === axis ? from : 0)),
      x.shape.map((end, other) => (other === axis ? to : end)),
    )
    return window.mean({ axes: axis, keepDims: true })
  })
  const [first, ...others] = windows
  return (first ?? x).concat(others, axis)
}
