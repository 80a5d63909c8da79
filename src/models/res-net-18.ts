// ResNet-18 for images of 32 × 32: a 3 × 3 stem in the place of 7 × 7 and pooling. He et al. 2015, arXiv:1512.03385.

import { batchNorm, conv2d, dense, globalAvgPool, relu, sequential } from '../nn/index.ts'
import type { SequentialConfig } from '../nn/index.ts'
import { basicBlock, convolution } from './basic-block.ts'

/** Options of `resNet18`. */
export interface ResNet18Options {
  /** Default: 10. */
  readonly classes?: number | undefined
  /** Channels of the first stage; each further one has twice as many. Default: 64. */
  readonly width?: number | undefined
}

/** A 1 × 1 convolution with a batch norm, which brings the input to the block's output. */
function projection(filters: number): SequentialConfig {
  return sequential([conv2d({ filters, kernelSize: 1, stride: 2, bias: false }), batchNorm()])
}

/** Two blocks, the first of which halves the image. */
function halving(filters: number): SequentialConfig[] {
  return [
    basicBlock({ filters, stride: 2, shortcut: projection(filters) }),
    basicBlock({ filters }),
  ]
}

/**
 * `[batch, height, width, channels] -> [batch, classes]`: 11,173,962 weights for ten classes of
 * images with three channels. Weights begin as PyTorch's.
 *
 * @example
 * ```ts
 * const model = resNet18({ classes: 100 })
 * ```
 */
export function resNet18(options: ResNet18Options = {}): SequentialConfig {
  const { classes = 10, width = 64 } = options
  return sequential([
    convolution({ filters: width }), // (b, 32, 32, 64)
    batchNorm(),
    relu(),
    basicBlock({ filters: width }), // (b, 32, 32, 64)
    basicBlock({ filters: width }),
    ...halving(2 * width), // (b, 16, 16, 128)
    ...halving(4 * width), // (b, 8, 8, 256)
    ...halving(8 * width), // (b, 4, 4, 512)
    globalAvgPool(), // (b, 512)
    dense({ units: classes }),
  ])
}
