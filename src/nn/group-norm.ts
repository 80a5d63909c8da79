// Group norm: `y = w (x - μ) / √(σ² + ε) + b` of each group of channels. Wu and He 2018, arXiv:1803.08494.

import { z } from 'zod'

import { flag, number, options, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { elements, here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { affineFields, AffineLayer } from './affine.ts'
import type { AffineOptions } from './affine.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { standardise } from './standardise.ts'

/** Options of `groupNorm`. */
export interface GroupNormOptions extends AffineOptions {
  /** The number of groups, at least 1; divides the channels. */
  readonly groups: number
  /** Added to the variance, above 0. Default: 1e-5. */
  readonly epsilon?: number | undefined
  /** Whether each channel has a `weight` and a `bias`. Default: true. */
  readonly affine?: boolean | undefined
}

/** The config of a `groupNorm` layer. */
export interface GroupNormConfig extends GroupNormOptions {
  readonly type: 'groupNorm'
}

type ResolvedGroupNorm = GroupNormConfig & {
  readonly epsilon: number
  readonly affine: boolean
}

/**
 * Normalises each group of channels of each sample over all places: `[batch, ..., c] -> [batch, ..., c]`.
 * `weight` `[c]` begins as ones, `bias` `[c]` as zeros.
 *
 * @throws `AttuneError` `SHAPE` where the groups do not divide the channels.
 *
 * @example
 * ```ts
 * groupNorm({ groups: 8 })
 * ```
 */
export function groupNorm(options: GroupNormOptions): GroupNormConfig {
  return describe('groupNorm', options)
}

class GroupNorm extends AffineLayer<ResolvedGroupNorm> {
  override forward(x: Tensor): Tensor {
    const { groups, epsilon, affine } = this.config
    const [batch, channels] = [x.shape[0], x.shape.at(-1)]
    if (x.rank < 2 || batch === undefined || channels === undefined || channels % groups !== 0) {
      const message =
        `groupNorm: expected an input [batch, ..., channels] of channels that ${groups} groups ` +
        `divide, got [${x.shape.join(', ')}]`
      throw new AttuneError('SHAPE', here(message))
    }
    const places = elements(x.shape.slice(1, -1))
    const grouped = x.reshape([batch, places, groups, channels / groups])
    const output = standardise(grouped, [1, 3], epsilon).output.reshape(x.shape)
    if (!affine) return output
    const weight = this.scale([channels])
    return output.mul(weight).add(this.shift([channels]))
  }
}

/** How `groupNorm` is checked and built. */
export const groupNormLayer: LayerDefinition<GroupNormConfig, ResolvedGroupNorm> = {
  type: 'groupNorm',
  schema: () =>
    options({
      type: z.literal('groupNorm'),
      groups: wholeNumber(1),
      epsilon: number({ above: 0 }).default(1e-5),
      affine: flag().default(true),
      ...affineFields,
    }),
  build: (config) => new GroupNorm(config),
}
