// SwiGLU: `y = silu(a) b` of the halves of `x = [a, b]`. Shazeer 2020, arXiv:2002.05202.

import { describe } from '../define.ts'
import { plain } from './define.ts'
import type { ActivationDefinition } from './define.ts'
import { halves } from './halves.ts'

/** The config of a `swiglu` layer or activation. */
export interface SwigluConfig {
  readonly type: 'swiglu'
}

/**
 * `silu(a) b`, where `a` and `b` are the first and second half of the last axis:
 * `[..., 2 c] -> [..., c]`. PyTorch has none; this is Shazeer's, with the gate first.
 *
 * @throws `AttuneError` `SHAPE` where the last axis is odd.
 *
 * @example
 * ```ts
 * sequential([dense({ units: 128 }), swiglu()]) // [batch, 64]
 * ```
 */
export function swiglu(): SwigluConfig {
  return describe('swiglu', {})
}

/** How `swiglu` is checked and computed. */
export const swigluActivation: ActivationDefinition<SwigluConfig, SwigluConfig> = plain(
  'swiglu',
  (x) => {
    const [gate, b] = halves(x, 'swiglu')
    return gate.silu().mul(b)
  },
)
