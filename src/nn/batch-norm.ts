// Batch norm: `y = w (x - μ) / √(σ² + ε) + b` per channel. Ioffe and Szegedy 2015, arXiv:1502.03167.

import { z } from 'zod'

import { flag, number, options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { elements, here, Tensor } from '../tensor/index.ts'
import { affineFields, AffineLayer } from './affine.ts'
import type { AffineOptions } from './affine.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { currentMode } from './trace.ts'

/** Options of `batchNorm`. */
export interface BatchNormOptions extends AffineOptions {
  /** The share of the batch in the running statistics, at least 0 and below 1. Default: 0.1. */
  readonly momentum?: number | undefined
  /** Added to the variance. Default: 1e-5. */
  readonly epsilon?: number | undefined
  /** Whether each channel has a `weight` and a `bias`. Default: true. */
  readonly affine?: boolean | undefined
}

/** The config of a `batchNorm` layer. */
export interface BatchNormConfig extends BatchNormOptions {
  readonly type: 'batchNorm'
}

type ResolvedBatchNorm = BatchNormConfig & {
  readonly momentum: number
  readonly epsilon: number
  readonly affine: boolean
}

/**
 * Normalises each channel (the last axis) over all other axes: `[..., c] -> [..., c]`.
 *
 * While training the batch's own mean and biased variance are used, and `runningMean` and the
 * unbiased `runningVariance` `[c]` follow them; otherwise the running statistics are used.
 * `weight` begins as ones, `bias` as zeros.
 *
 * @example
 * ```ts
 * batchNorm({ momentum: 0.1 })
 * ```
 */
export function batchNorm(options: BatchNormOptions = {}): BatchNormConfig {
  return describe('batchNorm', options)
}

class BatchNorm extends AffineLayer<ResolvedBatchNorm> {
  override forward(x: Tensor): Tensor {
    const { affine, epsilon } = this.config
    const channels = x.shape.at(-1)
    if (channels === undefined || x.rank < 2) {
      const message = `batchNorm: expected an input [batch, ..., channels], got rank ${x.rank}`
      throw new AttuneError('SHAPE', here(message))
    }
    const weight = affine ? this.scale([channels]) : Tensor.ones([channels])
    const bias = affine ? this.shift([channels]) : Tensor.zeros([channels])
    const running = { trainable: false } as const
    const mean = this.state('runningMean', [channels], { ...running, initializer: 'zeros' })
    const variance = this.state('runningVariance', [channels], { ...running, initializer: 'ones' })
    if (currentMode() === 'eval') {
      const scale = weight.mul(variance.add(epsilon).rsqrt())
      return x.sub(mean).mul(scale).add(bias)
    }
    const batch = x.batchNorm(weight, bias, epsilon)
    const count = elements(x.shape.slice(0, -1))
    const unbiased = batch.variance.mul(count / Math.max(count - 1, 1))
    this.update('runningMean', this.#follow(mean, batch.mean))
    this.update('runningVariance', this.#follow(variance, unbiased))
    return batch.output
  }

  #follow(running: Tensor, batch: Tensor): Tensor {
    const { momentum } = this.config
    return running.mul(1 - momentum).add(batch.mul(momentum))
  }
}

/** How `batchNorm` is checked and built. */
export const batchNormLayer: LayerDefinition<BatchNormConfig, ResolvedBatchNorm> = {
  type: 'batchNorm',
  schema: () =>
    options({
      type: z.literal('batchNorm'),
      momentum: number({ from: 0, below: 1 }).default(0.1),
      epsilon: number({ above: 0 }).default(1e-5),
      affine: flag().default(true),
      ...affineFields,
    }),
  build: (config) => new BatchNorm(config),
}
