// Instance norm: `y = w (x - μ) / √(σ² + ε) + b` of each channel of each sample. Ulyanov et al. 2016, arXiv:1607.08022.

import { z } from 'zod'

import { flag, number, options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { elements, here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { affineFields, AffineLayer } from './affine.ts'
import type { AffineOptions } from './affine.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { standardise } from './standardise.ts'
import { currentMode } from './trace.ts'

/** Options of `instanceNorm`. */
export interface InstanceNormOptions extends AffineOptions {
  /** Added to the variance, above 0. Default: 1e-5. */
  readonly epsilon?: number | undefined
  /** Whether each channel has a `weight` and a `bias`. Default: false. */
  readonly affine?: boolean | undefined
  /** Whether running statistics are kept and used when not training. Default: false. */
  readonly trackRunningStatistics?: boolean | undefined
  /** The share of the batch in the running statistics, at least 0 and below 1. Default: 0.1. */
  readonly momentum?: number | undefined
}

/** The config of an `instanceNorm` layer. */
export interface InstanceNormConfig extends InstanceNormOptions {
  readonly type: 'instanceNorm'
}

type ResolvedInstanceNorm = InstanceNormConfig & {
  readonly epsilon: number
  readonly affine: boolean
  readonly trackRunningStatistics: boolean
  readonly momentum: number
}

/**
 * Normalises each channel of each sample over all places: `[batch, ..., c] -> [batch, ..., c]`, while
 * training and otherwise alike unless `trackRunningStatistics` is set. The defaults are PyTorch's.
 * `weight` `[c]` begins as ones, `bias` `[c]` as zeros; `runningMean` and the unbiased
 * `runningVariance` `[c]` follow the means over the batch.
 *
 * @example
 * ```ts
 * instanceNorm({ affine: true })
 * ```
 */
export function instanceNorm(options: InstanceNormOptions = {}): InstanceNormConfig {
  return describe('instanceNorm', options)
}

class InstanceNorm extends AffineLayer<ResolvedInstanceNorm> {
  override forward(x: Tensor): Tensor {
    const channels = x.shape.at(-1)
    if (channels === undefined || x.rank < 3) {
      const message = `instanceNorm: expected an input [batch, ..., channels], got rank ${x.rank}`
      throw new AttuneError('SHAPE', here(message))
    }
    const output = this.#normalised(x, channels)
    if (!this.config.affine) return output
    const weight = this.scale([channels])
    return output.mul(weight).add(this.shift([channels]))
  }

  #normalised(x: Tensor, channels: number): Tensor {
    const { epsilon, momentum, trackRunningStatistics } = this.config
    const axes = Array.from({ length: x.rank - 2 }, (_, i) => i + 1)
    if (!trackRunningStatistics) return standardise(x, axes, epsilon).output
    const running = { trainable: false } as const
    const mean = this.state('runningMean', [channels], { ...running, initializer: 'zeros' })
    const variance = this.state('runningVariance', [channels], { ...running, initializer: 'ones' })
    if (currentMode() === 'eval') return x.sub(mean).mul(variance.add(epsilon).rsqrt())
    const own = standardise(x, axes, epsilon)
    const count = elements(x.shape.slice(1, -1))
    const follow = (kept: Tensor, batch: Tensor): Tensor =>
      kept.mul(1 - momentum).add(batch.mean({ axes: [0, ...axes] }).mul(momentum))
    this.update('runningMean', follow(mean, own.mean))
    this.update(
      'runningVariance',
      follow(variance, own.variance.mul(count / Math.max(count - 1, 1))),
    )
    return own.output
  }
}

/** How `instanceNorm` is checked and built. */
export const instanceNormLayer: LayerDefinition<InstanceNormConfig, ResolvedInstanceNorm> = {
  type: 'instanceNorm',
  schema: () =>
    options({
      type: z.literal('instanceNorm'),
      epsilon: number({ above: 0 }).default(1e-5),
      affine: flag().default(false),
      trackRunningStatistics: flag().default(false),
      momentum: number({ from: 0, below: 1 }).default(0.1),
      ...affineFields,
    }),
  build: (config) => new InstanceNorm(config),
}
