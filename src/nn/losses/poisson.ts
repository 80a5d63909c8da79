// Poisson loss: `e^x - y x`, the negative log-likelihood of counts `y` of rate `e^x`.

import { z } from 'zod'

import { flag, number, options } from '../../config/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import { alike } from './define.ts'
import type { LossDefinition } from './define.ts'

/** Options of `poisson`. */
export interface PoissonOptions {
  /** Whether the output is the logarithm of the rate; else it is the rate. Default: true. */
  readonly logInput?: boolean | undefined
  /** Whether Stirling's `y log y - y + log(2 π y) / 2` is added for counts above 1. Default: false. */
  readonly full?: boolean | undefined
  /** Added to rates before their logarithm, above 0; for `logInput: false`. Default: 1e-8. */
  readonly epsilon?: number | undefined
}

/** The config of the `poisson` loss. */
export interface PoissonConfig extends PoissonOptions {
  readonly type: 'poisson'
}

/**
 * The mean Poisson loss over all elements, as PyTorch's `PoissonNLLLoss`; output and target have
 * one shape.
 *
 * @example
 * ```ts
 * poisson({ logInput: false }) // after an activation of softplus
 * ```
 */
export function poisson(options: PoissonOptions = {}): PoissonConfig {
  return describe('poisson', options)
}

/** How `poisson` is checked and computed. */
export const poissonLoss: LossDefinition<PoissonConfig, Resolved<PoissonConfig>> = {
  type: 'poisson',
  schema: options({
    type: z.literal('poisson'),
    logInput: flag().default(true),
    full: flag().default(false),
    epsilon: number({ above: 0 }).default(1e-8),
  }),
  apply: ({ logInput, full, epsilon }, output, target) => {
    const y = alike('poisson', output, target)
    const rate = logInput ? output.exp() : output
    const logarithm = logInput ? output : output.add(epsilon).log()
    const values = rate.sub(y.mul(logarithm))
    if (!full) return { values }
    const above = y.greater(1)
    const safe = above.select(y, 1)
    const stirling = safe
      .mul(safe.log())
      .sub(safe)
      .add(
        safe
          .mul(2 * Math.PI)
          .log()
          .mul(0.5),
      )
    return { values: values.add(above.select(stirling, 0)) }
  },
}
