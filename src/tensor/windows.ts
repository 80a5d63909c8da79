// Attributes of the ops that slide a window, as the native ops spell them.

import type { Tensor } from './tensor.ts'

/** A size or step along height and width. */
export type Pair = readonly [height: number, width: number]

/** Rows and columns added around: `[[top, bottom], [left, right]]`. */
export type Padding2d = readonly [
  rows: readonly [top: number, bottom: number],
  columns: readonly [left: number, right: number],
]

/** How a convolution slides. */
export interface Conv2dWindow {
  readonly stride: Pair
  readonly padding: Padding2d
  readonly dilation: Pair
  readonly groups: number
  /** Default: `auto`. */
  readonly algorithm?: ConvolutionAlgorithm | undefined
}

/** Winograd's sums where the shape pays for them, or product by product. */
export type ConvolutionAlgorithm = 'auto' | 'direct'

/** How a pooling window slides. */
export interface Pool2dWindow {
  readonly window: Pair
  readonly stride: Pair
  readonly padding: Padding2d
}

/** How an average pooling slides, and whether padding counts as zeros. */
export interface AvgPool2dWindow extends Pool2dWindow {
  readonly countIncludePad: boolean
}

/** A normalised batch `[..., c]`, with the mean and biased variance `[c]` that it had. */
export interface BatchNormOutputs {
  readonly output: Tensor
  readonly mean: Tensor
  readonly variance: Tensor
}
