// Mean absolute error: the mean of `|x - target|` over all elements.

import { z } from 'zod'

import { options } from '../../config/index.ts'
import { describe } from '../define.ts'
import { alike } from './define.ts'
import type { LossDefinition } from './define.ts'

/** The config of the `meanAbsoluteError` loss. */
export interface MeanAbsoluteErrorConfig {
  readonly type: 'meanAbsoluteError'
}

/**
 * The mean of the absolute differences (PyTorch's `L1Loss`); output and target have one shape. The
 * gradient where both are equal is 0.
 * The same config is a metric, which weighs all samples alike.
 *
 * @example
 * ```ts
 * meanAbsoluteError()
 * ```
 */
export function meanAbsoluteError(): MeanAbsoluteErrorConfig {
  return describe('meanAbsoluteError', {})
}

/** How `meanAbsoluteError` is checked and computed. */
export const meanAbsoluteErrorLoss: LossDefinition<
  MeanAbsoluteErrorConfig,
  MeanAbsoluteErrorConfig
> = {
  type: 'meanAbsoluteError',
  schema: options({ type: z.literal('meanAbsoluteError') }),
  apply: (_, output, target) => ({
    values: output.sub(alike('meanAbsoluteError', output, target)).abs(),
  }),
}
