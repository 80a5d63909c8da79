// Conv2d: `y[i, j] = activation(Σ x[i s + u d, j s + v d] W[u, v] + b)` over images.

import { z } from 'zod'

import { flag, options, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Pair, Tensor } from '../tensor/index.ts'
import { activate, activationSchema } from './activation.ts'
import type { Activation } from './activation.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { initializerSchema } from './initializers.ts'
import type { Initializer } from './initializers.ts'
import { Module } from './module.ts'
import { imageOf, padding2d, paddingSchema, pairOf, size2d } from './window.ts'
import type { Padding, Size2d } from './window.ts'

/** Options of `conv2d`. */
export interface Conv2dOptions {
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
  /** Applied to the output. Default: none. */
  readonly activation?: Activation | undefined
  /** Whether a bias is added to each channel. Default: true. */
  readonly bias?: boolean | undefined
  /** Default: `fanInUniform`. */
  readonly weightInitializer?: Initializer | undefined
  /** Default: uniform within ±1 / √(kernel elements × channels / groups). */
  readonly biasInitializer?: Initializer | undefined
}

/** The config of a `conv2d` layer. */
export interface Conv2dConfig extends Conv2dOptions {
  readonly type: 'conv2d'
}

type ResolvedConv2d = Conv2dConfig & {
  readonly stride: Size2d
  readonly padding: Padding
  readonly dilation: Size2d
  readonly groups: number
  readonly bias: boolean
  readonly weightInitializer: Initializer
  readonly biasInitializer: Initializer
}

/**
 * A convolution over images: `[batch, height, width, channels] -> [batch, h, w, filters]`, with
 * `weight` `[kh, kw, channels / groups, filters]` and `bias` `[filters]`.
 *
 * @example
 * ```ts
 * conv2d({ filters: 32, kernelSize: 3, activation: 'relu' })
 * ```
 */
export function conv2d(options: Conv2dOptions): Conv2dConfig {
  return describe('conv2d', options)
}

class Conv2d extends Module {
  readonly config: ResolvedConv2d

  constructor(config: ResolvedConv2d) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const { filters, groups, bias, activation, weightInitializer, biasInitializer } = this.config
    const [height, width, channels] = imageOf(x, 'conv2d')
    this.#checkGroups(channels)
    const size = pairOf(this.config.kernelSize)
    const shape = [...size, channels / groups, filters]
    const fanIn = (size[0] * size[1] * channels) / groups
    const fans = { fanIn, fanOut: (size[0] * size[1] * filters) / groups }
    const weight = this.state('weight', shape, { initializer: weightInitializer, fans })
    let y = x.conv2d(weight, this.#window([height, width], size))
    if (bias) y = y.add(this.state('bias', [filters], { initializer: biasInitializer, fans }))
    return activate(activation, y)
  }

  #window(image: Pair, size: Pair): Parameters<Tensor['conv2d']>[1] {
    const { groups } = this.config
    const stride = pairOf(this.config.stride)
    const dilation = pairOf(this.config.dilation)
    const padding = padding2d(this.config.padding, { image, size, stride, dilation })
    return { stride, padding, dilation, groups }
  }

  #checkGroups(channels: number): void {
    const { filters, groups } = this.config
    if (channels % groups === 0 && filters % groups === 0) return
    const message =
      `conv2d: groups must divide channels and filters: ` +
      `${groups} groups, ${channels} channels, ${filters} filters`
    throw new AttuneError('SHAPE', here(message))
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
      activation: activationSchema.optional(),
      bias: flag().default(true),
      weightInitializer: initializerSchema.default('fanInUniform'),
      biasInitializer: initializerSchema.default('fanInUniform'),
    }),
  build: (config) => new Conv2d(config),
}
