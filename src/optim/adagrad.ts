// Adagrad: `v ← v + g²`, `w ← w - lr / (1 + (t - 1) η) g / (√v + ε)`. Duchi et al. 2011, JMLR 12.

import { amount, optimizerFields, positive } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'

/** Options of `adagrad`. `learningRate` is 0.01 by default. */
export interface AdagradOptions extends OptimizerOptions {
  /** The decay η of the rate with steps, at least 0. Default: 0. */
  readonly rateDecay?: number | undefined
  /** What `v` begins at, at least 0. Default: 0. */
  readonly initialAccumulator?: number | undefined
  /** Added to the root, above 0. Default: 1e-10. */
  readonly epsilon?: number | undefined
  /** Added to the gradient times the weight, at least 0. Default: 0. */
  readonly weightDecay?: number | undefined
}

/** The config of `adagrad`. */
export interface AdagradConfig extends AdagradOptions {
  readonly type: 'adagrad'
}

/**
 * Adagrad: each weight has a rate of its own, which falls with the squares of its gradients. As in
 * PyTorch.
 *
 * @example
 * ```ts
 * adagrad({ learningRate: 0.05 })
 * ```
 */
export function adagrad(options: AdagradOptions = {}): AdagradConfig {
  return { type: 'adagrad', ...options }
}

/** How `adagrad` is checked. */
export const adagradOptimizer: OptimizerDefinition<AdagradConfig> = {
  type: 'adagrad',
  schema: optimizerFields('adagrad', 0.01, {
    rateDecay: amount.default(0),
    initialAccumulator: amount.default(0),
    epsilon: positive.default(1e-10),
    weightDecay: amount.default(0),
  }),
}
