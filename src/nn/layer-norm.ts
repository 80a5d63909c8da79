// Layer norm: `y = w (x - μ) / √(σ² + ε) + b` of each sample by itself. Ba et al. 2016, arXiv:1607.06450.

import { z } from 'zod'

import { flag, number, options, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { affineFields, AffineLayer } from './affine.ts'
import type { AffineOptions } from './affine.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { lastAxes, standardise } from './standardise.ts'

/** Options of `layerNorm`. */
export interface LayerNormOptions extends AffineOptions {
  /** How many of the last axes are normalised together, at least 1. Default: 1. */
  readonly axes?: number | undefined
  /** Added to the variance, above 0. Default: 1e-5. */
  readonly epsilon?: number | undefined
  /** Whether there are a `weight` and a `bias`. Default: true. */
  readonly affine?: boolean | undefined
  /** Whether there is a `bias` beside the `weight`. Default: true. */
  readonly bias?: boolean | undefined
}

/** The config of a `layerNorm` layer. */
export interface LayerNormConfig extends LayerNormOptions {
  readonly type: 'layerNorm'
}

type ResolvedLayerNorm = LayerNormConfig & {
  readonly axes: number
  readonly epsilon: number
  readonly affine: boolean
  readonly bias: boolean
}

/**
 * Normalises the last axes of each sample by their own mean and biased variance: `[..., c] -> [..., c]`.
 * `weight` begins as ones and `bias` as zeros, both of the shape of the normalised axes.
 *
 * @example
 * ```ts
 * layerNorm()
 * ```
 */
export function layerNorm(options: LayerNormOptions = {}): LayerNormConfig {
  return describe('layerNorm', options)
}

class LayerNorm extends AffineLayer<ResolvedLayerNorm> {
  override forward(x: Tensor): Tensor {
    const { axes, epsilon, affine, bias } = this.config
    if (x.rank <= axes) {
      const message = `layerNorm: expected an input with more axes than the ${axes} to normalise, got rank ${x.rank}`
      throw new AttuneError('SHAPE', here(message))
    }
    const { output } = standardise(x, lastAxes(x.rank, axes), epsilon)
    if (!affine) return output
    const shape = x.shape.slice(-axes)
    const scaled = output.mul(this.scale(shape))
    return bias ? scaled.add(this.shift(shape)) : scaled
  }
}

/** How `layerNorm` is checked and built. */
export const layerNormLayer: LayerDefinition<LayerNormConfig, ResolvedLayerNorm> = {
  type: 'layerNorm',
  schema: () =>
    options({
      type: z.literal('layerNorm'),
      axes: wholeNumber(1).default(1),
      epsilon: number({ above: 0 }).default(1e-5),
      affine: flag().default(true),
      bias: flag().default(true),
      ...affineFields,
    }),
  build: (config) => new LayerNorm(config),
}
