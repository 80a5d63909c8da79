// Conv2d: `y[i, j] = activation(Σ x[i s + u d, j s + v d] W[u, v] + b)` over images.

import { z } from 'zod'

import { choice, options, wholeNumber } from '../config/index.ts'
import type { ConvolutionAlgorithm, Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'

import { kernelFields, KernelLayer } from './kernel.ts'
import type { KernelDefaults, KernelOptions } from './kernel.ts'
import { checkGroups, imageOf, padding2d, paddingSchema, pairOf, size2d } from './window.ts'
import type { Padding, Size2d } from './window.ts'

/** Options of `conv2d`. */
export interface Conv2dOptions extends KernelOptions {
  /** The number of output channels, at least 1; a multiple of `groups`. */
  readonly filters: number
  /** Height and width of the kernel. */
  readonly kernelSize: Size2d
  /** The step of the kernel. Default: 1. */
  readonly stride?: Size2d | undefined
  /** What is added around the image. Default: `valid`. */
  readonly padding?: Padding | undefined
  /** The distance between the kernel's elements. Default: 1. */
  readonly dilation?: Size2d | undefined
  /** Groups of channels that do not mix; the input's channels are a multiple. Default: 1. */
  readonly groups?: number | undefined
  /**
   * `auto`: windows of 3x3 with a step of 1 and at least 16 channels and filters go through
   * Winograd's F(4x4, 3x3) (Lavin and Gray 2016, arXiv:1509.09308), about three times as fast, whose
   * rounding error is 2 to 5 times that of plain sums; `direct` adds product by product. Default: `auto`.
   */
  readonly algorithm?: ConvolutionAlgorithm | undefined
}

/** The config of a `conv2d` layer. */
export interface Conv2dConfig extends Conv2dOptions {
  readonly type: 'conv2d'
}

type ResolvedConv2d = Conv2dConfig &
  KernelDefaults & {
    readonly stride: Size2d
    readonly padding: Padding
    readonly dilation: Size2d
    readonly groups: number
    readonly algorithm: ConvolutionAlgorithm
  }

/**
 * A convolution over images: `[batch, height, width, channels] -> [batch, h, w, filters]`, with
 * `weight` `[kh, kw, channels / groups, filters]` and `bias` `[filters]`. Both begin within
 * ±1 / √(kh kw channels / groups).
 *
 * @example
 * ```ts
 * conv2d({ filters: 32, kernelSize: 3, activation: 'relu' })
 * ```
 */
export function conv2d(options: Conv2dOptions): Conv2dConfig {
  return describe('conv2d', options)
}

class Conv2d extends KernelLayer<ResolvedConv2d> {
  override forward(x: Tensor): Tensor {
    const { filters, groups, algorithm } = this.config
    const [height, width, channels] = imageOf(x, 'conv2d')
    checkGroups('conv2d', { groups, channels, filters })
    const size = pairOf(this.config.kernelSize)
    const stride = pairOf(this.config.stride)
    const dilation = pairOf(this.config.dilation)
    const slide = { image: [height, width], size, stride, dilation } as const
    const padding = padding2d(this.config.padding, slide)
    const area = size[0] * size[1]
    const fans = { fanIn: (area * channels) / groups, fanOut: (area * filters) / groups }
    const weight = this.weight([...size, channels / groups, filters], fans)
    const window = { stride, padding, dilation, groups, algorithm } as const
    return this.finish(x.conv2d(weight, window), filters, fans)
  }
}

/** How `conv2d` is checked and built. */
export const conv2dLayer: LayerDefinition<Conv2dConfig, ResolvedConv2d> = {
  type: 'conv2d',
  schema: () =>
    options({
      type: z.literal('conv2d'),
      filters: wholeNumber(1),
      kernelSize: size2d,
      stride: size2d.default(1),
      padding: paddingSchema.default('valid'),
      dilation: size2d.default(1),
      groups: wholeNumber(1).default(1),
      algorithm: choice(['auto', 'direct']).default('auto'),
      ...kernelFields,
    }),
  build: (config) => new Conv2d(config),
}
