// RMS norm: `y = w x / √(mean(x²) + ε)` of each sample by itself. Zhang and Sennrich 2019, arXiv:1910.07467.

import { z } from 'zod'

import { flag, number, options, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { AffineLayer, scaleFields } from './affine.ts'
import type { ScaleOptions } from './affine.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { lastAxes } from './standardise.ts'

/** Options of `rmsNorm`. */
export interface RmsNormOptions extends ScaleOptions {
  /** How many of the last axes are normalised together, at least 1. Default: 1. */
  readonly axes?: number | undefined
  /** Added to the mean of the squares, above 0. Default: 2 ** -23, what float32 can tell from 1. */
  readonly epsilon?: number | undefined
  /** Whether there is a `weight`. Default: true. */
  readonly affine?: boolean | undefined
}

/** The config of a `rmsNorm` layer. */
export interface RmsNormConfig extends RmsNormOptions {
  readonly type: 'rmsNorm'
}

type ResolvedRmsNorm = RmsNormConfig & {
  readonly axes: number
  readonly epsilon: number
  readonly affine: boolean
}

/**
 * Divides the last axes of each sample by the root of the mean of their squares: `[..., c] -> [..., c]`.
 * `weight`, of the shape of the normalised axes, begins as ones.
 *
 * @example
 * ```ts
 * rmsNorm({ epsilon: 1e-6 })
 * ```
 */
export function rmsNorm(options: RmsNormOptions = {}): RmsNormConfig {
  return describe('rmsNorm', options)
}

class RmsNorm extends AffineLayer<ResolvedRmsNorm> {
  override forward(x: Tensor): Tensor {
    const { axes, epsilon, affine } = this.config
    if (x.rank <= axes) {
      const message = `rmsNorm: expected an input with more axes than the ${axes} to normalise, got rank ${x.rank}`
      throw new AttuneError('SHAPE', here(message))
    }
    const squares = x.square().mean({ axes: lastAxes(x.rank, axes), keepDims: true })
    const output = x.mul(squares.add(epsilon).rsqrt())
    if (!affine) return output
    return output.mul(this.scale(x.shape.slice(-axes)))
  }
}

/** How `rmsNorm` is checked and built. */
export const rmsNormLayer: LayerDefinition<RmsNormConfig, ResolvedRmsNorm> = {
  type: 'rmsNorm',
  schema: () =>
    options({
      type: z.literal('rmsNorm'),
      axes: wholeNumber(1).default(1),
      epsilon: number({ above: 0 }).default(2 ** -23),
      affine: flag().default(true),
      ...scaleFields,
    }),
  build: (config) => new RmsNorm(config),
}
