// The list of optimizers: configs, their schema, and what of them the native rules read.

import type { z } from 'zod'

import { parse, union } from '../config/index.ts'
import { adadeltaOptimizer } from './adadelta.ts'
import type { AdadeltaConfig } from './adadelta.ts'
import { adafactorOptimizer } from './adafactor.ts'
import type { AdafactorConfig } from './adafactor.ts'
import { adagradOptimizer } from './adagrad.ts'
import type { AdagradConfig } from './adagrad.ts'
import { adamWOptimizer } from './adam-w.ts'
import type { AdamWConfig } from './adam-w.ts'
import { adamOptimizer } from './adam.ts'
import type { AdamConfig } from './adam.ts'
import { adamaxOptimizer } from './adamax.ts'
import type { AdamaxConfig } from './adamax.ts'
import { lambOptimizer } from './lamb.ts'
import type { LambConfig } from './lamb.ts'
import { lionOptimizer } from './lion.ts'
import type { LionConfig } from './lion.ts'
import { muonOptimizer } from './muon.ts'
import type { MuonConfig } from './muon.ts'
import { nAdamOptimizer } from './n-adam.ts'
import type { NAdamConfig } from './n-adam.ts'
import { rAdamOptimizer } from './r-adam.ts'
import type { RAdamConfig } from './r-adam.ts'
import { rmsPropOptimizer } from './rms-prop.ts'
import type { RmsPropConfig } from './rms-prop.ts'
import { scheduleFreeAdamWOptimizer } from './schedule-free-adam-w.ts'
import type { ScheduleFreeAdamWConfig } from './schedule-free-adam-w.ts'
import { sgdOptimizer } from './sgd.ts'
import type { SgdConfig } from './sgd.ts'
import type { Average } from './average.ts'
import { clipOf, withoutClipping } from './clipping.ts'
import type { Clip, Clipping } from './clipping.ts'
import type { OptimizerDefinition } from './define.ts'
import type { ParameterGroup } from './groups.ts'
import type { Schedule } from './schedule.ts'

/** Every optimizer by its type. */
export interface OptimizerConfigs {
  adadelta: AdadeltaConfig
  adafactor: AdafactorConfig
  adagrad: AdagradConfig
  adam: AdamConfig
  adamax: AdamaxConfig
  adamW: AdamWConfig
  lamb: LambConfig
  lion: LionConfig
  muon: MuonConfig
  nAdam: NAdamConfig
  rAdam: RAdamConfig
  rmsProp: RmsPropConfig
  scheduleFreeAdamW: ScheduleFreeAdamWConfig
  sgd: SgdConfig
}

/** The config of any optimizer. */
export type OptimizerConfig = OptimizerConfigs[keyof OptimizerConfigs]

/** The optimizers. */
export const optimizers: {
  readonly [Type in keyof OptimizerConfigs]: OptimizerDefinition<OptimizerConfigs[Type]>
} = {
  adadelta: adadeltaOptimizer,
  adafactor: adafactorOptimizer,
  adagrad: adagradOptimizer,
  adam: adamOptimizer,
  adamax: adamaxOptimizer,
  adamW: adamWOptimizer,
  lamb: lambOptimizer,
  lion: lionOptimizer,
  muon: muonOptimizer,
  nAdam: nAdamOptimizer,
  rAdam: rAdamOptimizer,
  rmsProp: rmsPropOptimizer,
  scheduleFreeAdamW: scheduleFreeAdamWOptimizer,
  sgd: sgdOptimizer,
}

/** The schema of any optimizer. */
export const optimizerSchema: z.ZodType<OptimizerConfig, OptimizerConfig> = union(
  'optimizer',
  Object.fromEntries(Object.entries(optimizers).map(([type, { schema }]) => [type, schema])),
)

/** A hyperparameter of a native rule. */
export type Hyperparameter = number | boolean | string | readonly number[]

/** An optimizer, taken apart into what the program holds and what changes from step to step. */
export interface Optimizer {
  /** The native rule and its hyperparameters. */
  readonly rule: { readonly type: string; readonly [hyperparameter: string]: Hyperparameter }
  readonly learningRate: number | Schedule
  /** `null` without clipping. */
  readonly clip: Clip | null
  readonly groups: readonly ParameterGroup[]
  /** `null` without an average. */
  readonly average: Required<Average> | null
}

interface Resolved extends Clipping {
  readonly type: string
  readonly learningRate: number | Schedule
  readonly groups: readonly ParameterGroup[]
  readonly average?: Required<Average>
}

/**
 * An optimizer's config with its defaults, as the trainer and the native program read it.
 *
 * @throws `AttuneError` `CONFIG` listing every problem of the config.
 * @example
 * ```ts
 * optimizerOf(adagrad()).rule
 * // { type: 'adagrad', rateDecay: 0, initialAccumulator: 0, epsilon: 1e-10, weightDecay: 0 }
 * ```
 */
export function optimizerOf(config: OptimizerConfig): Optimizer {
  const resolved = parse(optimizerSchema, config, 'optimizer') as unknown as Resolved
  const { learningRate, groups, average = null, ...rest } = resolved
  const rule = flat(withoutClipping(rest)) as Optimizer['rule']
  return { rule, learningRate, clip: clipOf(rest), groups, average }
}

/** Options inside an option in one object: `{ adamW: { rate: 1 } }` is `{ adamWRate: 1 }`. */
function flat(options: object): Record<string, unknown> {
  const entries = Object.entries(options).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[key, value]]
    const inner = Object.entries(value)
    return inner.map(([name, one]) => [key + name.charAt(0).toUpperCase() + name.slice(1), one])
  })
  return Object.fromEntries(entries) as Record<string, unknown>
}
