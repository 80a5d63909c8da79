// Softmax: `y = e ** x / Σ e ** x` along the last axis.

import { describe } from '../define.ts'
import { plain } from './define.ts'
import type { ActivationDefinition } from './define.ts'

/** The config of a `softmax` layer or activation. */
export interface SoftmaxConfig {
  readonly type: 'softmax'
}

/**
 * `e ** x`, divided by its sum along the last axis; any shape. The losses take scores, so a model
 * that is trained by one ends without it.
 *
 * @example
 * ```ts
 * sequential([dense({ units: 10 }), softmax()])
 * ```
 */
export function softmax(): SoftmaxConfig {
  return describe('softmax', {})
}

/** How `softmax` is checked and computed. */
export const softmaxActivation: ActivationDefinition<SoftmaxConfig, SoftmaxConfig> = plain(
  'softmax',
  (x) => x.softmax(),
)
