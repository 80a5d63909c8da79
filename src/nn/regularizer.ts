// The list of regularizers: configs that become penalties on weights or outputs.

import type { z } from 'zod'

import { named, parse } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import type { RegularizerDefinition } from './regularizers/define.ts'
import { elasticNetRegularizer } from './regularizers/elastic-net.ts'
import type { ElasticNetConfig } from './regularizers/elastic-net.ts'
import { l1Regularizer } from './regularizers/l1.ts'
import type { L1Config } from './regularizers/l1.ts'
import { l2Regularizer } from './regularizers/l2.ts'
import type { L2Config } from './regularizers/l2.ts'

/** Every regularizer by its type. */
export interface RegularizerConfigs {
  elasticNet: ElasticNetConfig
  l1: L1Config
  l2: L2Config
}

/** A regularizer, or the name of one with its default options. */
export type Regularizer = keyof RegularizerConfigs | RegularizerConfigs[keyof RegularizerConfigs]

/** The regularizers. */
export const regularizers: { readonly [Type in keyof RegularizerConfigs]: RegularizerDefinition } =
  {
    elasticNet: elasticNetRegularizer,
    l1: l1Regularizer,
    l2: l2Regularizer,
  }

/** The schema of any regularizer. */
export const regularizerSchema: z.ZodType<Regularizer, Regularizer> = named(
  'regularizer',
  Object.fromEntries(Object.entries(regularizers).map(([type, { schema }]) => [type, schema])),
)

/**
 * The penalty of a regularizer on all values of `x`, a scalar.
 *
 * @example
 * ```ts
 * penalty(l2({ factor: 0.5 }), Tensor.from([1, 2])) // 2.5
 * ```
 */
export function penalty(regularizer: Regularizer, x: Tensor): Tensor {
  const config = parse(regularizerSchema, regularizer, 'regularizer')
  const type = typeof config === 'string' ? config : config.type
  return regularizers[type].penalty(x, config)
}
