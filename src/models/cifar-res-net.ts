// The residual networks of 6 n + 2 layers for CIFAR: ResNet-20, -32, -44, -56. He et al. 2015, arXiv:1512.03385, section 4.2.

import { parse, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { batchNorm, dense, globalAvgPool, relu, sequential } from '../nn/index.ts'
import type { SequentialConfig } from '../nn/index.ts'
import { basicBlock, convolution } from './basic-block.ts'
import { paddedShortcut } from './padded-shortcut.ts'

/** Options of `resNet20`. */
export interface ResNet20Options {
  /** Default: 10. */
  readonly classes?: number | undefined
  /** Channels of the first stage; the others have twice and four times as many. Default: 16. */
  readonly width?: number | undefined
}

/** Options of `cifarResNet`. */
export interface CifarResNetOptions extends ResNet20Options {
  /** Layers with weights, `6 n + 2` for `n` blocks a stage: 20, 32, 44, 56, 110. */
  readonly depth: number
}

/**
 * `[batch, height, width, channels] -> [batch, classes]`: a 3 × 3 convolution, three stages of `n`
 * blocks, the mean over the image, scores. The second and third stage halve the image; shortcuts have
 * no weights (option A). Weights begin as the paper's: normal, with deviation √(2 / fanIn).
 *
 * @throws `AttuneError` `CONFIG` where `depth` is no `6 n + 2`.
 * @example
 * ```ts
 * const model = cifarResNet({ depth: 56, classes: 100 })
 * ```
 */
export function cifarResNet(options: CifarResNetOptions): SequentialConfig {
  const { depth, classes = 10, width = 16 } = options
  const blocks = (parse(wholeNumber(8), depth, 'depth') - 2) / 6
  if (!Number.isInteger(blocks)) {
    throw new AttuneError(
      'CONFIG',
      `depth: expected 6 n + 2, such as 20, 32, 44 or 56, got ${depth}`,
    )
  }
  const weightInitializer = 'heNormal'
  const stage = (filters: number): SequentialConfig[] =>
    Array.from({ length: blocks }, (_, i) =>
      i === 0 && filters > width
        ? basicBlock({
            filters,
            stride: 2,
            shortcut: paddedShortcut({ filters }),
            weightInitializer,
          })
        : basicBlock({ filters, weightInitializer }),
    )
  return sequential([
    convolution({ filters: width, weightInitializer }), // (b, 32, 32, 16)
    batchNorm(),
    relu(),
    ...stage(width), // (b, 32, 32, 16)
    ...stage(2 * width), // (b, 16, 16, 32)
    ...stage(4 * width), // (b, 8, 8, 64)
    globalAvgPool(), // (b, 64)
    dense({ units: classes, weightInitializer }),
  ])
}

/**
 * `cifarResNet` with 20 layers: 269,722 weights for ten classes.
 *
 * @example
 * ```ts
 * const model = resNet20()
 * ```
 */
export function resNet20(options: ResNet20Options = {}): SequentialConfig {
  return cifarResNet({ ...options, depth: 20 })
}
