// Elastic net: the penalty `l1 Σ |w| + l2 Σ w²`. Zou and Hastie 2005.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import type { RegularizerDefinition } from './define.ts'

/** Options of `elasticNet`. */
export interface ElasticNetOptions {
  /** What the sum of absolute values is multiplied by, at least 0. Default: 0.01. */
  readonly l1?: number | undefined
  /** What the sum of squares is multiplied by, at least 0. Default: 0.01. */
  readonly l2?: number | undefined
}

/** The config of the `elasticNet` regularizer. */
export interface ElasticNetConfig extends ElasticNetOptions {
  readonly type: 'elasticNet'
}

/**
 * The penalty `l1 Σ |w| + l2 Σ w²`, as Keras' `L1L2` and with the defaults of its `l1_l2`; PyTorch
 * has none.
 *
 * @example
 * ```ts
 * dense({ units: 64, kernelRegularizer: elasticNet({ l1: 1e-5, l2: 1e-4 }) })
 * ```
 */
export function elasticNet(options: ElasticNetOptions = {}): ElasticNetConfig {
  return describe('elasticNet', options)
}

/** How `elasticNet` is checked and computed. */
export const elasticNetRegularizer: RegularizerDefinition<
  ElasticNetConfig,
  Resolved<ElasticNetConfig>
> = {
  type: 'elasticNet',
  schema: options({
    type: z.literal('elasticNet'),
    l1: number({ from: 0 }).default(0.01),
    l2: number({ from: 0 }).default(0.01),
  }),
  penalty: (x, { l1, l2 }) => x.abs().sum().mul(l1).add(x.square().sum().mul(l2)),
}
