// Mish: `y = x tanh(softplus(x))`. Misra 2019, arXiv:1908.08681.

import { describe } from '../define.ts'
import { plain } from './define.ts'
import type { ActivationDefinition } from './define.ts'

/** The config of a `mish` layer or activation. */
export interface MishConfig {
  readonly type: 'mish'
}

/**
 * `x tanh(log(1 + e ** x))`, without overflow; any shape.
 *
 * @example
 * ```ts
 * conv2d({ filters: 32, kernelSize: 3, activation: 'mish' })
 * ```
 */
export function mish(): MishConfig {
  return describe('mish', {})
}

/** How `mish` is checked and computed. */
export const mishActivation: ActivationDefinition<MishConfig, MishConfig> = plain('mish', (x) =>
  x.mul(x.softplus().tanh()),
)
