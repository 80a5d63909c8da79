// The list of optimizers: configs, their schema, and what of them the native rules read.

import type { z } from 'zod'

import { parse, union } from '../config/index.ts'
import { adamWOptimizer } from './adam-w.ts'
import type { AdamWConfig, ResolvedAdamW } from './adam-w.ts'
import { adamOptimizer } from './adam.ts'
import type { AdamConfig, ResolvedAdam } from './adam.ts'
import type { OptimizerDefinition, ResolvedOptimizer } from './define.ts'
import type { Schedule } from './schedule.ts'
import { sgdOptimizer } from './sgd.ts'
import type { ResolvedSgd, SgdConfig } from './sgd.ts'

/** Every optimizer by its type. */
export interface OptimizerConfigs {
  adam: AdamConfig
  adamW: AdamWConfig
  sgd: SgdConfig
}

/** The config of any optimizer. */
export type OptimizerConfig = OptimizerConfigs[keyof OptimizerConfigs]

/** The optimizers. */
export const optimizers: {
  readonly [Type in keyof OptimizerConfigs]: OptimizerDefinition<
    OptimizerConfigs[Type],
    ResolvedOptimizer
  >
} = { adam: adamOptimizer, adamW: adamWOptimizer, sgd: sgdOptimizer }

/** The schema of any optimizer. */
export const optimizerSchema: z.ZodType<OptimizerConfig, OptimizerConfig> = union(
  'optimizer',
  Object.fromEntries(Object.entries(optimizers).map(([type, { schema }]) => [type, schema])),
)

/** An optimizer, taken apart into what the program holds and what changes from step to step. */
export interface Optimizer {
  /** The native rule and its hyperparameters. */
  readonly rule: {
    readonly type: string
    readonly [hyperparameter: string]: number | boolean | string
  }
  readonly learningRate: number | Schedule
  /** `null` without clipping. */
  readonly clipNorm: number | null
}

/**
 * An optimizer's config with its defaults, as the trainer and the native program read it.
 *
 * @throws `AttuneError` `CONFIG` listing every problem of the config.
 * @example
 * ```ts
 * optimizerOf(sgd({ momentum: 0.9 })).rule
 * // { type: 'sgd', momentum: 0.9, dampening: 0, nesterov: false, weightDecay: 0 }
 * ```
 */
export function optimizerOf(config: OptimizerConfig): Optimizer {
  const resolved = parse(optimizerSchema, config, 'optimizer') as unknown as
    | ResolvedAdam
    | ResolvedAdamW
    | ResolvedSgd
  const { learningRate, clipNorm, ...rule } = resolved
  return { rule, learningRate, clipNorm: clipNorm ?? null }
}
