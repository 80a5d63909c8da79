// SeparableConv2d: a depthwise convolution, then a 1 × 1 convolution. Chollet 2016, arXiv:1610.02357.

import { z } from 'zod'

import { options, wholeNumber } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { constraintSchema } from './constraint.ts'
import type { Constraint } from './constraint.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { initializerSchema } from './initializers.ts'
import type { Initializer } from './initializers.ts'
import { outputFields, OutputLayer } from './kernel.ts'
import type { OutputDefaults, OutputOptions } from './kernel.ts'
import { regularizerSchema } from './regularizer.ts'
import type { Regularizer } from './regularizer.ts'
import { imageOf, padding2d, paddingSchema, pairOf, size2d } from './window.ts'
import type { Padding, Size2d } from './window.ts'

/** Options of `separableConv2d`. */
export interface SeparableConv2dOptions extends OutputOptions {
  /** The number of output channels, at least 1. */
  readonly filters: number
  /** Height and width of the kernel. */
  readonly kernelSize: Size2d
  /** The step of the kernel. Default: 1. */
  readonly stride?: Size2d | undefined
  /** What is added around the image. Default: `valid`. */
  readonly padding?: Padding | undefined
  /** The distance between the kernel's elements. Default: 1. */
  readonly dilation?: Size2d | undefined
  /** The number of channels between both for each input channel, at least 1. Default: 1. */
  readonly depthMultiplier?: number | undefined
  /** How `depthwiseWeight` begins. Default: `fanInUniform`. */
  readonly depthwiseInitializer?: Initializer | undefined
  /** How `pointwiseWeight` begins. Default: `fanInUniform`. */
  readonly pointwiseInitializer?: Initializer | undefined
  /** A penalty on `depthwiseWeight` that is added to the loss. Default: none. */
  readonly depthwiseRegularizer?: Regularizer | undefined
  /** A penalty on `pointwiseWeight` that is added to the loss. Default: none. */
  readonly pointwiseRegularizer?: Regularizer | undefined
  /** What holds of `depthwiseWeight` after each update. Default: nothing. */
  readonly depthwiseConstraint?: Constraint | undefined
  /** What holds of `pointwiseWeight` after each update. Default: nothing. */
  readonly pointwiseConstraint?: Constraint | undefined
}

/** The config of a `separableConv2d` layer. */
export interface SeparableConv2dConfig extends SeparableConv2dOptions {
  readonly type: 'separableConv2d'
}

type ResolvedSeparableConv2d = SeparableConv2dConfig &
  OutputDefaults & {
    readonly stride: Size2d
    readonly padding: Padding
    readonly dilation: Size2d
    readonly depthMultiplier: number
    readonly depthwiseInitializer: Initializer
    readonly pointwiseInitializer: Initializer
  }

/**
 * Each channel by kernels of its own, then a mix of the channels at each place, as Keras'
 * `SeparableConv2D`: `[batch, height, width, channels] -> [batch, h, w, filters]`, with
 * `depthwiseWeight` `[kh, kw, 1, channels depthMultiplier]`, `pointwiseWeight`
 * `[1, 1, channels depthMultiplier, filters]` and `bias` `[filters]`. There is nothing between both.
 *
 * @example
 * ```ts
 * separableConv2d({ filters: 64, kernelSize: 3, padding: 'same', activation: 'relu' })
 * ```
 */
export function separableConv2d(options: SeparableConv2dOptions): SeparableConv2dConfig {
  return describe('separableConv2d', options)
}

const everywhere = {
  stride: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
  dilation: [1, 1],
  groups: 1,
} as const

class SeparableConv2d extends OutputLayer<ResolvedSeparableConv2d> {
  override forward(x: Tensor): Tensor {
    const { depthMultiplier, depthwiseInitializer } = this.config
    const { depthwiseRegularizer, depthwiseConstraint } = this.config
    const [height, width, channels] = imageOf(x, 'separableConv2d')
    const size = pairOf(this.config.kernelSize)
    const stride = pairOf(this.config.stride)
    const dilation = pairOf(this.config.dilation)
    const slide = { image: [height, width], size, stride, dilation } as const
    const padding = padding2d(this.config.padding, slide)
    const area = size[0] * size[1]
    const depthwise = this.state('depthwiseWeight', [...size, 1, channels * depthMultiplier], {
      initializer: depthwiseInitializer,
      fans: { fanIn: area, fanOut: area * depthMultiplier },
      regularizer: depthwiseRegularizer,
      constraint: depthwiseConstraint,
    })
    return this.#mix(x.conv2d(depthwise, { stride, padding, dilation, groups: channels }))
  }

  #mix(x: Tensor): Tensor {
    const { filters, pointwiseInitializer, pointwiseRegularizer, pointwiseConstraint } = this.config
    const channels = x.shape.at(-1) ?? 1
    const fans = { fanIn: channels, fanOut: filters }
    const pointwise = this.state('pointwiseWeight', [1, 1, channels, filters], {
      initializer: pointwiseInitializer,
      fans,
      regularizer: pointwiseRegularizer,
      constraint: pointwiseConstraint,
    })
    return this.finish(x.conv2d(pointwise, everywhere), filters, fans)
  }
}

/** How `separableConv2d` is checked and built. */
export const separableConv2dLayer: LayerDefinition<SeparableConv2dConfig, ResolvedSeparableConv2d> =
  {
    type: 'separableConv2d',
    schema: () =>
      options({
        type: z.literal('separableConv2d'),
        filters: wholeNumber(1),
        kernelSize: size2d,
        stride: size2d.default(1),
        padding: paddingSchema.default('valid'),
        dilation: size2d.default(1),
        depthMultiplier: wholeNumber(1).default(1),
        depthwiseInitializer: initializerSchema.default('fanInUniform'),
        pointwiseInitializer: initializerSchema.default('fanInUniform'),
        depthwiseRegularizer: regularizerSchema.optional(),
        pointwiseRegularizer: regularizerSchema.optional(),
        depthwiseConstraint: constraintSchema.optional(),
        pointwiseConstraint: constraintSchema.optional(),
        ...outputFields,
      }),
    build: (config) => new SeparableConv2d(config),
  }
