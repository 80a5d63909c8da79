// The list of losses: configs that become a scalar of the graph.

import type { z } from 'zod'

import { parse, union } from '../config/index.ts'
import { withPath } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { crossEntropyLoss } from './cross-entropy.ts'
import type { CrossEntropyConfig } from './cross-entropy.ts'
import type { TypedConfig } from './define.ts'
import { meanSquaredErrorLoss } from './mean-squared-error.ts'
import type { MeanSquaredErrorConfig } from './mean-squared-error.ts'

/** One loss. `Resolved` is its config with the defaults filled in. */
export interface LossDefinition<Config extends TypedConfig = TypedConfig, Resolved = unknown> {
  readonly type: Config['type']
  readonly schema: z.ZodType<Resolved, Config>
  /** The mean over the terms, a scalar. */
  apply(config: Resolved, output: Tensor, target: Tensor): Tensor
  /** How many terms the mean runs over, for an output of this shape. */
  terms(output: readonly number[]): number
}

/** Every loss by its type. */
export interface LossConfigs {
  crossEntropy: CrossEntropyConfig
  meanSquaredError: MeanSquaredErrorConfig
}

/** The config of any loss. */
export type LossConfig = LossConfigs[keyof LossConfigs]

/** The losses. */
export const losses: { readonly [Type in keyof LossConfigs]: LossDefinition } = {
  crossEntropy: crossEntropyLoss,
  meanSquaredError: meanSquaredErrorLoss,
}

/** The schema of any loss. */
export const lossSchema: z.ZodType<LossConfig, LossConfig> = union(
  'loss',
  Object.fromEntries(Object.entries(losses).map(([type, { schema }]) => [type, schema])),
)

/** A loss, ready to record. */
export interface Loss {
  /** The mean loss of a batch, a scalar. */
  (output: Tensor, target: Tensor): Tensor
  /**
   * How many terms that mean runs over, for an output of this shape: an epoch's loss is the mean
   * of its batches' losses weighted by this, so a last, smaller batch counts for what it is.
   */
  terms(output: readonly number[]): number
}

/**
 * The function that records a loss.
 *
 * @throws `AttuneError` `CONFIG` listing every problem of the config.
 * @example
 * ```ts
 * const loss = lossOf(crossEntropy())
 * loss(model.call(x), target) // a scalar
 * ```
 */
export function lossOf(config: LossConfig): Loss {
  const resolved = parse(lossSchema, config, 'loss')
  const definition: LossDefinition = losses[resolved.type]
  const record = (output: Tensor, target: Tensor): Tensor =>
    withPath('loss', () => definition.apply(resolved, output, target))
  return Object.assign(record, { terms: (shape: readonly number[]) => definition.terms(shape) })
}
