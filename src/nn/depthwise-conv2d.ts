// DepthwiseConv2d: a convolution of each channel by itself. Chollet 2016, arXiv:1610.02357.

import { z } from 'zod'

import { options, wholeNumber } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'

import { kernelFields, KernelLayer } from './kernel.ts'
import type { KernelDefaults, KernelOptions } from './kernel.ts'
import { imageOf, padding2d, paddingSchema, pairOf, size2d } from './window.ts'
import type { Padding, Size2d } from './window.ts'

/** Options of `depthwiseConv2d`. */
export interface DepthwiseConv2dOptions extends KernelOptions {
  /** Height and width of the kernel. */
  readonly kernelSize: Size2d
  /** The step of the kernel. Default: 1. */
  readonly stride?: Size2d | undefined
  /** What is added around the image. Default: `valid`. */
  readonly padding?: Padding | undefined
  /** The distance between the kernel's elements. Default: 1. */
  readonly dilation?: Size2d | undefined
  /** The number of output channels for each input channel, at least 1. Default: 1. */
  readonly depthMultiplier?: number | undefined
}

/** The config of a `depthwiseConv2d` layer. */
export interface DepthwiseConv2dConfig extends DepthwiseConv2dOptions {
  readonly type: 'depthwiseConv2d'
}

type ResolvedDepthwiseConv2d = DepthwiseConv2dConfig &
  KernelDefaults & {
    readonly stride: Size2d
    readonly padding: Padding
    readonly dilation: Size2d
    readonly depthMultiplier: number
  }

/**
 * A convolution of each channel by kernels of its own:
 * `[batch, height, width, channels] -> [batch, h, w, channels depthMultiplier]`, with `weight`
 * `[kh, kw, 1, channels depthMultiplier]` and a `bias` for each output channel. It is `conv2d` with
 * as many groups as channels, which is how PyTorch spells it; both begin within ±1 / √(kh kw).
 *
 * @example
 * ```ts
 * depthwiseConv2d({ kernelSize: 3, padding: 'same' })
 * ```
 */
export function depthwiseConv2d(options: DepthwiseConv2dOptions): DepthwiseConv2dConfig {
  return describe('depthwiseConv2d', options)
}

class DepthwiseConv2d extends KernelLayer<ResolvedDepthwiseConv2d> {
  override forward(x: Tensor): Tensor {
    const [height, width, channels] = imageOf(x, 'depthwiseConv2d')
    const size = pairOf(this.config.kernelSize)
    const stride = pairOf(this.config.stride)
    const dilation = pairOf(this.config.dilation)
    const slide = { image: [height, width], size, stride, dilation } as const
    const padding = padding2d(this.config.padding, slide)
    const { depthMultiplier } = this.config
    const filters = channels * depthMultiplier
    const fans = { fanIn: size[0] * size[1], fanOut: size[0] * size[1] * depthMultiplier }
    const weight = this.weight([...size, 1, filters], fans)
    const y = x.conv2d(weight, { stride, padding, dilation, groups: channels })
    return this.finish(y, filters, fans)
  }
}

/** How `depthwiseConv2d` is checked and built. */
export const depthwiseConv2dLayer: LayerDefinition<DepthwiseConv2dConfig, ResolvedDepthwiseConv2d> =
  {
    type: 'depthwiseConv2d',
    schema: () =>
      options({
        type: z.literal('depthwiseConv2d'),
        kernelSize: size2d,
        stride: size2d.default(1),
        padding: paddingSchema.default('valid'),
        dilation: size2d.default(1),
        depthMultiplier: wholeNumber(1).default(1),
        ...kernelFields,
      }),
    build: (config) => new DepthwiseConv2d(config),
  }
