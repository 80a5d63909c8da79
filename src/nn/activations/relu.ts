// ReLU: `y = max(0, x)`. Nair and Hinton 2010.

import { describe } from '../define.ts'
import { plain } from './define.ts'
import type { ActivationDefinition } from './define.ts'

/** The config of a `relu` layer or activation. */
export interface ReluConfig {
  readonly type: 'relu'
}

/**
 * `max(0, x)`; any shape. Its gradient at 0 is 0.
 *
 * @example
 * ```ts
 * sequential([dense({ units: 64 }), batchNorm(), relu()])
 * ```
 */
export function relu(): ReluConfig {
  return describe('relu', {})
}

/** How `relu` is checked and computed. */
export const reluActivation: ActivationDefinition<ReluConfig, ReluConfig> = plain('relu', (x) =>
  x.relu(),
)
