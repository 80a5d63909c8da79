// PReLU: `y = x > 0 ? x : w x` with a learned `w`. He et al. 2015, arXiv:1502.01852.

import { z } from 'zod'

import { flag, number, options } from '../../config/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import type { ActivationDefinition } from './define.ts'

/** Options of `prelu`. */
export interface PreluOptions {
  /** Whether each channel (the last axis) has a slope of its own. Default: false. */
  readonly perChannel?: boolean | undefined
  /** The slope that `weight` begins with. Default: 0.25. */
  readonly initial?: number | undefined
}

/** The config of a `prelu` layer or activation. */
export interface PreluConfig extends PreluOptions {
  readonly type: 'prelu'
}

/**
 * `x` above 0 and `weight x` below, with a learned `weight` `[1]`, or `[c]` of an input `[..., c]`.
 * As another layer's `activation` its weight is called `activation.weight`.
 *
 * @example
 * ```ts
 * sequential([conv2d({ filters: 32, kernelSize: 3 }), prelu({ perChannel: true })])
 * ```
 */
export function prelu(options: PreluOptions = {}): PreluConfig {
  return describe('prelu', options)
}

/** How `prelu` is checked and computed. */
export const preluActivation: ActivationDefinition<PreluConfig, Resolved<PreluConfig>> = {
  type: 'prelu',
  schema: options({
    type: z.literal('prelu'),
    perChannel: flag().default(false),
    initial: number().default(0.25),
  }),
  apply: (x, { perChannel, initial }, weight) => {
    const slopes = weight([perChannel ? (x.shape.at(-1) ?? 1) : 1], {
      type: 'constant',
      value: initial,
    })
    return x.greater(0).select(x, x.mul(slopes))
  },
}
