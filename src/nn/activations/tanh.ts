// Tanh: the hyperbolic tangent.

import { describe } from '../define.ts'
import { plain } from './define.ts'
import type { ActivationDefinition } from './define.ts'

/** The config of a `tanh` layer or activation. */
export interface TanhConfig {
  readonly type: 'tanh'
}

/**
 * The hyperbolic tangent; any shape.
 *
 * @example
 * ```ts
 * dense({ units: 32, activation: 'tanh' })
 * ```
 */
export function tanh(): TanhConfig {
  return describe('tanh', {})
}

/** How `tanh` is checked and computed. */
export const tanhActivation: ActivationDefinition<TanhConfig, TanhConfig> = plain('tanh', (x) =>
  x.tanh(),
)
