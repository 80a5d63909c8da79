// AvgPool1d: the mean of each window of a sequence.

import { z } from 'zod'

import { flag, options, wholeNumber } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { Module } from './module.ts'
import { asImage, asSequence, padding1d, padding1dSchema, sequenceOf } from './window1d.ts'
import type { Padding1d } from './window1d.ts'

/** Options of `avgPool1d`. */
export interface AvgPool1dOptions {
  /** The length of the window, at least 1. */
  readonly poolSize: number
  /** The step of the window. Default: `poolSize`. */
  readonly stride?: number | undefined
  /** What is added around the sequence. Default: `valid`. */
  readonly padding?: Padding1d | undefined
  /** Whether padding counts as zeros, or not at all. Default: true. */
  readonly countIncludePad?: boolean | undefined
}

/** The config of an `avgPool1d` layer. */
export interface AvgPool1dConfig extends AvgPool1dOptions {
  readonly type: 'avgPool1d'
}

type ResolvedAvgPool1d = AvgPool1dConfig & {
  readonly padding: Padding1d
  readonly countIncludePad: boolean
}

/**
 * The mean of each window: `[batch, time, channels] -> [batch, t, channels]`.
 *
 * @example
 * ```ts
 * avgPool1d({ poolSize: 2 })
 * ```
 */
export function avgPool1d(options: AvgPool1dOptions): AvgPool1dConfig {
  return describe('avgPool1d', options)
}

class AvgPool1d extends Module {
  readonly config: ResolvedAvgPool1d

  constructor(config: ResolvedAvgPool1d) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const time = sequenceOf(x, 'avgPool1d')[0]
    const { poolSize, padding, countIncludePad } = this.config
    const stride = this.config.stride ?? poolSize
    const around = padding1d(padding, { length: time, size: poolSize, stride, dilation: 1 })
    const y = asImage(x).avgPool2d({
      window: [1, poolSize],
      stride: [1, stride],
      padding: [[0, 0], around],
      countIncludePad,
    })
    return asSequence(y)
  }
}

/** How `avgPool1d` is checked and built. */
export const avgPool1dLayer: LayerDefinition<AvgPool1dConfig, ResolvedAvgPool1d> = {
  type: 'avgPool1d',
  schema: () =>
    options({
      type: z.literal('avgPool1d'),
      poolSize: wholeNumber(1),
      stride: wholeNumber(1).optional(),
      padding: padding1dSchema.default('valid'),
      countIncludePad: flag().default(true),
    }),
  build: (config) => new AvgPool1d(config),
}
