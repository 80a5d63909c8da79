// A small convolutional network for images of ten classes, with dropout and batch norm.

import { batchNorm, conv2d, dense, dropout, flatten, maxPool2d, sequential } from '../nn/index.ts'
import type { SequentialConfig } from '../nn/index.ts'

/**
 * `[batch, height, width, channels] -> [batch, 10]`: 32 filters of 3 × 3, pooling by 2, dropout,
 * batch norm, 128 units, dropout, 10 scores.
 *
 * @example
 * ```ts
 * const model = articleCnn()
 * ```
 */
export function articleCnn(): SequentialConfig {
  return sequential([
    conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    maxPool2d({ poolSize: 2 }),
    dropout({ rate: 0.25 }),
    batchNorm(),
    flatten(),
    dense({ units: 128, activation: 'relu' }),
    dropout({ rate: 0.5 }),
    dense({ units: 10 }),
  ])
}
