// SiLU or swish: `y = x sigmoid(x)`. Elfwing et al. 2017, arXiv:1702.03118.

import { describe } from '../define.ts'
import { plain } from './define.ts'
import type { ActivationDefinition } from './define.ts'

/** The config of a `silu` layer or activation. */
export interface SiluConfig {
  readonly type: 'silu'
}

/**
 * `x sigmoid(x)`; any shape.
 *
 * @example
 * ```ts
 * conv2d({ filters: 32, kernelSize: 3, activation: 'silu' })
 * ```
 */
export function silu(): SiluConfig {
  return describe('silu', {})
}

/** How `silu` is checked and computed. */
export const siluActivation: ActivationDefinition<SiluConfig, SiluConfig> = plain('silu', (x) =>
  x.silu(),
)
