// Log-cosh: the mean of `log cosh d = |d| + log(1 + e^(-2 |d|)) - log 2` of differences `d`.

import { z } from 'zod'

import { options } from '../../config/index.ts'
import { describe } from '../define.ts'
import { alike } from './define.ts'
import type { LossDefinition } from './define.ts'

/** The config of the `logCosh` loss. */
export interface LogCoshConfig {
  readonly type: 'logCosh'
}

/**
 * The mean of the logarithm of the hyperbolic cosine of the differences, as in Keras: about
 * `d² / 2` near 0 and `|d| - log 2` far away. Output and target have one shape.
 *
 * @example
 * ```ts
 * logCosh()
 * ```
 */
export function logCosh(): LogCoshConfig {
  return describe('logCosh', {})
}

/** How `logCosh` is checked and computed. */
export const logCoshLoss: LossDefinition<LogCoshConfig, LogCoshConfig> = {
  type: 'logCosh',
  schema: options({ type: z.literal('logCosh') }),
  apply: (_, output, target) => {
    const size = output.sub(alike('logCosh', output, target)).abs()
    return { values: size.add(size.mul(-2).softplus()).sub(Math.LN2) }
  },
}
