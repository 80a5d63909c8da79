// Kullback-Leibler divergence: `y (log y - x)` of target probabilities `y` and log-probabilities `x`.

import { z } from 'zod'

import { choice, flag, options } from '../../config/index.ts'
import { elements } from '../../tensor/index.ts'
import type { Tensor } from '../../tensor/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import { alike } from './define.ts'
import type { LossDefinition } from './define.ts'

/** Options of `klDivergence`. */
export interface KlDivergenceOptions {
  /** Whether the output is scores, of which `logSoftmax` is taken. Default: false. */
  readonly fromLogits?: boolean | undefined
  /** Whether the target is log-probabilities too. Default: false. */
  readonly logTarget?: boolean | undefined
  /**
   * What the sum is divided by: the number of elements (`mean`) or of samples (`batchMean`, which is
   * the divergence of the definition). Default: `mean`, as in PyTorch.
   */
  readonly reduction?: 'mean' | 'batchMean' | undefined
}

/** The config of the `klDivergence` loss. */
export interface KlDivergenceConfig extends KlDivergenceOptions {
  readonly type: 'klDivergence'
}

/**
 * The divergence of the model's distribution from the target's, as PyTorch's `KLDivLoss`: the output
 * is log-probabilities `[batch, ..., classes]`, the target probabilities of the same shape.
 *
 * @example
 * ```ts
 * klDivergence({ fromLogits: true, reduction: 'batchMean' })
 * ```
 */
export function klDivergence(options: KlDivergenceOptions = {}): KlDivergenceConfig {
  return describe('klDivergence', options)
}

/** How `klDivergence` is checked and computed. */
export const klDivergenceLoss: LossDefinition<KlDivergenceConfig, Resolved<KlDivergenceConfig>> = {
  type: 'klDivergence',
  schema: options({
    type: z.literal('klDivergence'),
    fromLogits: flag().default(false),
    logTarget: flag().default(false),
    reduction: choice(['mean', 'batchMean']).default('mean'),
  }),
  apply: ({ fromLogits, logTarget, reduction }, output, target) => {
    const given = alike('klDivergence', output, target)
    const x = fromLogits ? output.logSoftmax() : output
    const y = logTarget ? given.exp() : given
    const logarithm = logTarget ? given : given.greater(0).select(given, 1).log()
    const values = y.mul(logarithm).sub(y.mul(x))
    return { values: reduction === 'mean' ? values : bySample(values) }
  },
}

function bySample(values: Tensor): Tensor {
  const [batch = 1, ...one] = values.shape
  return values.reshape([batch, elements(one)]).sum({ axes: 1 })
}
