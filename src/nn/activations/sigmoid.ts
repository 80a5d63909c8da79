// Sigmoid: `y = 1 / (1 + e ** -x)`.

import { describe } from '../define.ts'
import { plain } from './define.ts'
import type { ActivationDefinition } from './define.ts'

/** The config of a `sigmoid` layer or activation. */
export interface SigmoidConfig {
  readonly type: 'sigmoid'
}

/**
 * `1 / (1 + e ** -x)`; any shape.
 *
 * @example
 * ```ts
 * dense({ units: 1, activation: 'sigmoid' })
 * ```
 */
export function sigmoid(): SigmoidConfig {
  return describe('sigmoid', {})
}

/** How `sigmoid` is checked and computed. */
export const sigmoidActivation: ActivationDefinition<SigmoidConfig, SigmoidConfig> = plain(
  'sigmoid',
  (x) => x.sigmoid(),
)
