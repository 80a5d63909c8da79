// NAdam: Adam with Nesterov's momentum. Dozat 2016, ICLR workshop.

import { flag } from '../config/index.ts'
import { amount, optimizerFields } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'
import { momentFields } from './moments.ts'
import type { MomentOptions } from './moments.ts'

/** Options of `nAdam`. `learningRate` is 0.002 by default. */
export interface NAdamOptions extends OptimizerOptions, MomentOptions {
  /** How fast the momentum rises to `beta1`, at least 0. Default: 0.004. */
  readonly momentumDecay?: number | undefined
  /** Added to the gradient times the weight, at least 0. Default: 0. */
  readonly weightDecay?: number | undefined
  /** Whether weights shrink by `lr λ` themselves instead. Default: false. */
  readonly decoupledWeightDecay?: boolean | undefined
}

/** The config of `nAdam`. */
export interface NAdamConfig extends NAdamOptions {
  readonly type: 'nAdam'
}

/**
 * Adam with Nesterov's momentum, as in PyTorch.
 *
 * @example
 * ```ts
 * nAdam({ learningRate: 2e-3 })
 * ```
 */
export function nAdam(options: NAdamOptions = {}): NAdamConfig {
  return { type: 'nAdam', ...options }
}

/** How `nAdam` is checked. */
export const nAdamOptimizer: OptimizerDefinition<NAdamConfig> = {
  type: 'nAdam',
  schema: optimizerFields('nAdam', 0.002, {
    ...momentFields,
    momentumDecay: amount.default(4e-3),
    weightDecay: amount.default(0),
    decoupledWeightDecay: flag().default(false),
  }),
}
