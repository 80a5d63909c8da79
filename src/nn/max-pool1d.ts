// MaxPool1d: the largest value of each window of a sequence.

import { z } from 'zod'

import { options, wholeNumber } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { Module } from './module.ts'
import { asImage, asSequence, padding1d, padding1dSchema, sequenceOf } from './window1d.ts'
import type { Padding1d } from './window1d.ts'

/** Options of `maxPool1d`. */
export interface MaxPool1dOptions {
  /** The length of the window, at least 1. */
  readonly poolSize: number
  /** The step of the window. Default: `poolSize`. */
  readonly stride?: number | undefined
  /** What is added around the sequence. Default: `valid`. */
  readonly padding?: Padding1d | undefined
}

/** The config of a `maxPool1d` layer. */
export interface MaxPool1dConfig extends MaxPool1dOptions {
  readonly type: 'maxPool1d'
}

type ResolvedMaxPool1d = MaxPool1dConfig & {
  readonly padding: Padding1d
}

/**
 * The largest value of each window: `[batch, time, channels] -> [batch, t, channels]`. Padding counts as minus
 * infinity.
 *
 * @example
 * ```ts
 * maxPool1d({ poolSize: 2 })
 * ```
 */
export function maxPool1d(options: MaxPool1dOptions): MaxPool1dConfig {
  return describe('maxPool1d', options)
}

class MaxPool1d extends Module {
  readonly config: ResolvedMaxPool1d

  constructor(config: ResolvedMaxPool1d) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const time = sequenceOf(x, 'maxPool1d')[0]
    const { poolSize, padding } = this.config
    const stride = this.config.stride ?? poolSize
    const around = padding1d(padding, { length: time, size: poolSize, stride, dilation: 1 })
    const y = asImage(x).maxPool2d({
      window: [1, poolSize],
      stride: [1, stride],
      padding: [[0, 0], around],
    })
    return asSequence(y)
  }
}

/** How `maxPool1d` is checked and built. */
export const maxPool1dLayer: LayerDefinition<MaxPool1dConfig, ResolvedMaxPool1d> = {
  type: 'maxPool1d',
  schema: () =>
    options({
      type: z.literal('maxPool1d'),
      poolSize: wholeNumber(1),
      stride: wholeNumber(1).optional(),
      padding: padding1dSchema.default('valid'),
    }),
  build: (config) => new MaxPool1d(config),
}
