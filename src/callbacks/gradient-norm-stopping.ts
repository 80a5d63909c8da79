// Stopping by the gradient: its norm stays below a threshold.

import { z } from 'zod'

import { number, options, wholeNumber } from '../config/index.ts'
import { checking, everyField } from './checks.ts'
import type { Every } from './checks.ts'
import type { CallbackDefinition } from './define.ts'

/** Options of `gradientNormStopping`. */
export interface GradientNormStoppingOptions {
  /** The norm of all gradients together, before clipping, that is low enough, above 0. */
  readonly threshold: number
  /** Checks in a row that must find it below, at least 1. Default: 3. */
  readonly patience?: number | undefined
  /** When the norm of the last step is checked. Default: every 10 steps. */
  readonly every?: Every | undefined
}

/** The config of `gradientNormStopping`. */
export interface GradientNormStoppingConfig extends GradientNormStoppingOptions {
  readonly type: 'gradientNormStopping'
}

interface ResolvedGradientNormStopping {
  readonly type: 'gradientNormStopping'
  readonly threshold: number
  readonly patience: number
  readonly every: Every
}

/**
 * Ends the run when the norm of the gradient was below a threshold at several checks in a row. With
 * small batches the norm is mostly noise and stays above: then `evidenceStopping` tells more.
 *
 * @example
 * ```ts
 * gradientNormStopping({ threshold: 1e-4, patience: 5, every: 1 })
 * ```
 */
export function gradientNormStopping(
  options: GradientNormStoppingOptions,
): GradientNormStoppingConfig {
  return { type: 'gradientNormStopping', ...options }
}

/** How `gradientNormStopping` is checked and made. */
export const gradientNormStoppingCallback: CallbackDefinition<
  GradientNormStoppingConfig,
  ResolvedGradientNormStopping
> = {
  type: 'gradientNormStopping',
  schema: options({
    type: z.literal('gradientNormStopping'),
    threshold: number({ above: 0 }),
    patience: wholeNumber(1).default(3),
    every: everyField.default(10),
  }),
  make: ({ threshold, patience, every }) => {
    let below = 0
    return {
      ...checking(every, ({ gradientNorm }) => {
        below = (gradientNorm ?? Number.NaN) < threshold ? below + 1 : 0
        if (below < patience) return undefined
        const reason = `the gradient's norm was below ${threshold} at ${patience} checks in a row`
        return { stop: true, reason }
      }),
      state: () => ({ below }),
      restore: (state) => ({ below } = state as { below: number }),
    }
  },
}
