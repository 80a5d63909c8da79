// Log-softmax: `y = x - log Σ e ** x` along the last axis.

import { describe } from '../define.ts'
import { plain } from './define.ts'
import type { ActivationDefinition } from './define.ts'

/** The config of a `logSoftmax` layer or activation. */
export interface LogSoftmaxConfig {
  readonly type: 'logSoftmax'
}

/**
 * The logarithm of `softmax`, without overflow, along the last axis; any shape.
 *
 * @example
 * ```ts
 * sequential([dense({ units: 10 }), logSoftmax()])
 * ```
 */
export function logSoftmax(): LogSoftmaxConfig {
  return describe('logSoftmax', {})
}

/** How `logSoftmax` is checked and computed. */
export const logSoftmaxActivation: ActivationDefinition<LogSoftmaxConfig, LogSoftmaxConfig> = plain(
  'logSoftmax',
  (x) => x.logSoftmax(),
)
