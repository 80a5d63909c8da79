// GLU: `y = a sigmoid(b)` of the halves of `x = [a, b]`. Dauphin et al. 2017, arXiv:1612.08083.

import { describe } from '../define.ts'
import { plain } from './define.ts'
import type { ActivationDefinition } from './define.ts'
import { halves } from './halves.ts'

/** The config of a `glu` layer or activation. */
export interface GluConfig {
  readonly type: 'glu'
}

/**
 * `a sigmoid(b)`, where `a` and `b` are the first and second half of the last axis:
 * `[..., 2 c] -> [..., c]`.
 *
 * @throws `AttuneError` `SHAPE` where the last axis is odd.
 *
 * @example
 * ```ts
 * sequential([dense({ units: 128 }), glu()]) // [batch, 64]
 * ```
 */
export function glu(): GluConfig {
  return describe('glu', {})
}

/** How `glu` is checked and computed. */
export const gluActivation: ActivationDefinition<GluConfig, GluConfig> = plain('glu', (x) => {
  const [a, b] = halves(x, 'glu')
  return a.mul(b.sigmoid())
})
