// SGD: `v ← μ v + (1 - τ) g`, `w ← w - lr v` (or `g + μ v` with Nesterov). Sutskever et al. 2013.

import { z } from 'zod'

import { flag, number, options } from '../config/index.ts'
import { clipNormField, learningRateField, shareField } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'
import type { Schedule } from './schedule.ts'

/** Options of `sgd`. `learningRate` is 0.01 by default. */
export interface SgdOptions extends OptimizerOptions {
  /** The share of the velocity that stays, at least 0 and below 1. Default: 0. */
  readonly momentum?: number | undefined
  /** The share of the gradient that the velocity leaves out, at least 0 and below 1. Default: 0. */
  readonly dampening?: number | undefined
  /** Whether to look ahead along the velocity; needs momentum and no dampening. Default: false. */
  readonly nesterov?: boolean | undefined
  /** Added to the gradient times the weight, at least 0. Default: 0. */
  readonly weightDecay?: number | undefined
}

/** The config of `sgd`. */
export interface SgdConfig extends SgdOptions {
  readonly type: 'sgd'
}

/** `SgdConfig` with its defaults filled in. */
export interface ResolvedSgd {
  readonly type: 'sgd'
  readonly learningRate: number | Schedule
  readonly clipNorm?: number | undefined
  readonly momentum: number
  readonly dampening: number
  readonly nesterov: boolean
  readonly weightDecay: number
}

/**
 * Stochastic gradient descent, with momentum, dampening, Nesterov and weight decay as in PyTorch.
 *
 * @example
 * ```ts
 * sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })
 * ```
 */
export function sgd(options: SgdOptions = {}): SgdConfig {
  return { type: 'sgd', ...options }
}

/** How `sgd` is checked. */
export const sgdOptimizer: OptimizerDefinition<SgdConfig, ResolvedSgd> = {
  type: 'sgd',
  schema: options({
    type: z.literal('sgd'),
    learningRate: learningRateField(1e-2),
    momentum: shareField.default(0),
    dampening: shareField.default(0),
    nesterov: flag().default(false),
    weightDecay: number({ from: 0 }).default(0),
    clipNorm: clipNormField,
  }).refine(({ nesterov, momentum, dampening }) => !nesterov || (momentum > 0 && dampening === 0), {
    path: ['nesterov'],
    error: 'nesterov needs a momentum above 0 and a dampening of 0: set them or leave nesterov out',
  }),
}
