// Constraints: what holds of a weight after each of its updates. Srebro and Shraibman 2005.

import { z } from 'zod'

import { named, number, options, parse } from '../config/index.ts'
import { describe } from './define.ts'

/** Options of `maxNorm`. */
export interface MaxNormOptions {
  /** The largest norm of a unit, above 0. Default: 2. */
  readonly max?: number | undefined
}

/** The config of the `maxNorm` constraint. */
export interface MaxNormConfig extends MaxNormOptions {
  readonly type: 'maxNorm'
}

/** The config of the `unitNorm` constraint. */
export interface UnitNormConfig {
  readonly type: 'unitNorm'
}

/** The config of the `nonNegative` constraint. */
export interface NonNegativeConfig {
  readonly type: 'nonNegative'
}

/** A constraint, or the name of one with its default options. */
export type Constraint =
  | 'maxNorm'
  | 'nonNegative'
  | 'unitNorm'
  | MaxNormConfig
  | NonNegativeConfig
  | UnitNormConfig

/**
 * `w ← w min(‖w‖, max) / (1e-7 + ‖w‖)` for each unit, as Keras' `MaxNorm`. A unit is all weights of
 * one output, the last axis: Keras' `axis=0` for a dense kernel and `axis=[0, 1, 2]` for that of a
 * convolution. A bias is one unit.
 *
 * @example
 * ```ts
 * dense({ units: 64, kernelConstraint: maxNorm({ max: 3 }) })
 * ```
 */
export function maxNorm(options: MaxNormOptions = {}): MaxNormConfig {
  return describe('maxNorm', options)
}

/**
 * `w ← w / (1e-7 + ‖w‖)` for each unit, as Keras' `UnitNorm`; units are those of `maxNorm`.
 *
 * @example
 * ```ts
 * dense({ units: 64, kernelConstraint: unitNorm() })
 * ```
 */
export function unitNorm(): UnitNormConfig {
  return { type: 'unitNorm' }
}

/**
 * Weights below 0 become 0, as by Keras' `NonNeg`.
 *
 * @example
 * ```ts
 * dense({ units: 64, kernelConstraint: nonNegative() })
 * ```
 */
export function nonNegative(): NonNegativeConfig {
  return { type: 'nonNegative' }
}

/** The schema of any constraint. */
export const constraintSchema: z.ZodType<Constraint, Constraint> = named('constraint', {
  maxNorm: options({ type: z.literal('maxNorm'), max: number({ above: 0 }).default(2) }),
  nonNegative: options({ type: z.literal('nonNegative') }),
  unitNorm: options({ type: z.literal('unitNorm') }),
})

/** A constraint as the native program reads it. */
export type NativeConstraint = Required<MaxNormConfig> | NonNegativeConfig | UnitNormConfig

/**
 * A constraint with its defaults.
 *
 * @throws `AttuneError` `CONFIG` where it is none.
 * @example
 * ```ts
 * resolveConstraint('maxNorm') // { type: 'maxNorm', max: 2 }
 * ```
 */
export function resolveConstraint(constraint: Constraint): NativeConstraint {
  return parse(constraintSchema, constraint, 'constraint') as NativeConstraint
}
