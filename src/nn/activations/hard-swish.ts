// Hard swish: `y = x min(max(x + 3, 0), 6) / 6`. Howard et al. 2019, arXiv:1905.02244.

import { describe } from '../define.ts'
import { plain } from './define.ts'
import type { ActivationDefinition } from './define.ts'

/** The config of a `hardSwish` layer or activation. */
export interface HardSwishConfig {
  readonly type: 'hardSwish'
}

/**
 * `x min(max(x + 3, 0), 6) / 6`, a swish of straight lines; any shape.
 *
 * @example
 * ```ts
 * conv2d({ filters: 32, kernelSize: 3, activation: 'hardSwish' })
 * ```
 */
export function hardSwish(): HardSwishConfig {
  return describe('hardSwish', {})
}

/** How `hardSwish` is checked and computed. */
export const hardSwishActivation: ActivationDefinition<HardSwishConfig, HardSwishConfig> = plain(
  'hardSwish',
  (x) => x.mul(x.add(3).maximum(0).minimum(6)).mul(1 / 6),
)
