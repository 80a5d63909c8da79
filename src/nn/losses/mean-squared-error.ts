// Mean squared error: the mean of `(x - target)²` over all elements.

import { z } from 'zod'

import { options } from '../../config/index.ts'
import { describe } from '../define.ts'
import { alike } from './define.ts'
import type { LossDefinition } from './define.ts'

/** The config of the `meanSquaredError` loss. */
export interface MeanSquaredErrorConfig {
  readonly type: 'meanSquaredError'
}

/**
 * The mean of the squared differences; output and target have one shape.
 * The same config is a metric, which weighs all samples alike.
 *
 * @example
 * ```ts
 * meanSquaredError()
 * ```
 */
export function meanSquaredError(): MeanSquaredErrorConfig {
  return describe('meanSquaredError', {})
}

/** How `meanSquaredError` is checked and computed. */
export const meanSquaredErrorLoss: LossDefinition<MeanSquaredErrorConfig, MeanSquaredErrorConfig> =
  {
    type: 'meanSquaredError',
    schema: options({ type: z.literal('meanSquaredError') }),
    apply: (_, output, target) => ({
      values: output.sub(alike('meanSquaredError', output, target)).square(),
    }),
  }
