// Conv1d: `y[t] = activation(Σ x[t s + u d] W[u] + b)` over sequences.

import { z } from 'zod'

import { options, wholeNumber } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'

import { kernelFields, KernelLayer } from './kernel.ts'
import type { KernelDefaults, KernelOptions } from './kernel.ts'
import { checkGroups } from './window.ts'
import { asImage, padding1d, padding1dSchema, sequenceOf } from './window1d.ts'
import type { Padding1d } from './window1d.ts'

/** Options of `conv1d`. */
export interface Conv1dOptions extends KernelOptions {
  /** The number of output channels, at least 1; a multiple of `groups`. */
  readonly filters: number
  /** The length of the kernel, at least 1. */
  readonly kernelSize: number
  /** The step of the kernel. Default: 1. */
  readonly stride?: number | undefined
  /** What is added around the sequence. Default: `valid`. */
  readonly padding?: Padding1d | undefined
  /** The distance between the kernel's elements. Default: 1. */
  readonly dilation?: number | undefined
  /** Groups of channels that do not mix; the input's channels are a multiple. Default: 1. */
  readonly groups?: number | undefined
}

/** The config of a `conv1d` layer. */
export interface Conv1dConfig extends Conv1dOptions {
  readonly type: 'conv1d'
}

type ResolvedConv1d = Conv1dConfig &
  KernelDefaults & {
    readonly stride: number
    readonly padding: Padding1d
    readonly dilation: number
    readonly groups: number
  }

/**
 * A convolution over sequences: `[batch, time, channels] -> [batch, t, filters]`, with `weight`
 * `[kernelSize, channels / groups, filters]` and `bias` `[filters]`. Both begin within
 * ±1 / √(kernelSize channels / groups).
 *
 * @example
 * ```ts
 * conv1d({ filters: 64, kernelSize: 5, padding: 'causal', activation: 'relu' })
 * ```
 */
export function conv1d(options: Conv1dOptions): Conv1dConfig {
  return describe('conv1d', options)
}

class Conv1d extends KernelLayer<ResolvedConv1d> {
  override forward(x: Tensor): Tensor {
    const { filters, kernelSize, stride, dilation, groups, padding } = this.config
    const [time, channels] = sequenceOf(x, 'conv1d')
    checkGroups('conv1d', { groups, channels, filters })
    const fans = {
      fanIn: (kernelSize * channels) / groups,
      fanOut: (kernelSize * filters) / groups,
    }
    const weight = this.weight([kernelSize, channels / groups, filters], fans)
    const around = padding1d(padding, { length: time, size: kernelSize, stride, dilation })
    const y = asImage(x).conv2d(weight.reshape([1, ...weight.shape]), {
      stride: [1, stride],
      padding: [[0, 0], around],
      dilation: [1, dilation],
      groups,
    })
    const [batch = 1, , places = 1] = y.shape
    return this.finish(y, filters, fans, [batch, places])
  }
}

/** How `conv1d` is checked and built. */
export const conv1dLayer: LayerDefinition<Conv1dConfig, ResolvedConv1d> = {
  type: 'conv1d',
  schema: () =>
    options({
      type: z.literal('conv1d'),
      filters: wholeNumber(1),
      kernelSize: wholeNumber(1),
      stride: wholeNumber(1).default(1),
      padding: padding1dSchema.default('valid'),
      dilation: wholeNumber(1).default(1),
      groups: wholeNumber(1).default(1),
      ...kernelFields,
    }),
  build: (config) => new Conv1d(config),
}
