// Values brought to mean 0 and variance 1 along some axes: `y = (x - μ) / √(σ² + ε)`.

import type { Tensor } from '../tensor/index.ts'

/** What `standardise` gives; mean and biased variance keep their axes with a size of 1. */
export interface Standardised {
  readonly output: Tensor
  readonly mean: Tensor
  readonly variance: Tensor
}

/**
 * Takes the mean first and the variance around it, so that a large mean costs no digits.
 *
 * @example
 * ```ts
 * const { output } = standardise(x, [-1], 1e-5)
 * ```
 */
export function standardise(x: Tensor, axes: readonly number[], epsilon: number): Standardised {
  const mean = x.mean({ axes, keepDims: true })
  const centred = x.sub(mean)
  const variance = centred.square().mean({ axes, keepDims: true })
  return { output: centred.mul(variance.add(epsilon).rsqrt()), mean, variance }
}

/**
 * The numbers of the last axes of a tensor.
 *
 * @example
 * ```ts
 * lastAxes(4, 2) // [2, 3]
 * ```
 */
export function lastAxes(rank: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => rank - count + i)
}
