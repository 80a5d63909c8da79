// The block of small residual networks: `relu(shortcut(x) + f(x))` with two 3 × 3 convolutions. He et al. 2015, arXiv:1512.03385.

import { batchNorm, conv2d, relu, residual, sequential } from '../nn/index.ts'
import type { Conv2dConfig, Initializer, LayerConfig, SequentialConfig } from '../nn/index.ts'

/** Options of `basicBlock`. */
export interface BasicBlockOptions {
  readonly filters: number
  /** The step of the first convolution. Default: 1. */
  readonly stride?: number | undefined
  /** What brings the input to the shape of the output. Default: nothing, both have one shape. */
  readonly shortcut?: LayerConfig | undefined
  /** Of the convolutions. Default: `fanInUniform`, PyTorch's. */
  readonly weightInitializer?: Initializer | undefined
}

/**
 * A 3 × 3 convolution that keeps the size of the image, or halves it with a stride of 2. It has no
 * bias: the batch norm behind it has one.
 *
 * @example
 * ```ts
 * sequential([convolution({ filters: 16 }), batchNorm(), relu()])
 * ```
 */
export function convolution(options: Omit<BasicBlockOptions, 'shortcut'>): Conv2dConfig {
  return conv2d({ ...options, kernelSize: 3, padding: 1, bias: false })
}

/**
 * `[batch, height, width, channels] -> [batch, height / stride, width / stride, filters]`.
 *
 * @example
 * ```ts
 * basicBlock({ filters: 32, stride: 2, shortcut: paddedShortcut({ filters: 32 }) })
 * ```
 */
export function basicBlock({ shortcut, ...options }: BasicBlockOptions): SequentialConfig {
  const { stride: _, ...unstrided } = options
  const convolutions = sequential([
    convolution(options),
    batchNorm(),
    relu(),
    convolution(unstrided),
    batchNorm(),
  ])
  return sequential([residual({ layer: convolutions, projection: shortcut }), relu()])
}
