// SELU: `y = s (x > 0 ? x : α (e ** x - 1))`. Klambauer et al. 2017, arXiv:1706.02515.

import { describe } from '../define.ts'
import { plain } from './define.ts'
import type { ActivationDefinition } from './define.ts'
import { expElu } from './elu.ts'

const alpha = 1.6732632423543772
const scale = 1.0507009873554805

/** The config of a `selu` layer or activation. */
export interface SeluConfig {
  readonly type: 'selu'
}

/**
 * `s x` above 0 and `s α (e ** x - 1)` below, with the α and s that keep mean 0 and variance 1 from
 * layer to layer; any shape. Its weights begin with `lecunNormal`.
 *
 * @example
 * ```ts
 * dense({ units: 64, activation: 'selu', weightInitializer: 'lecunNormal' })
 * ```
 */
export function selu(): SeluConfig {
  return describe('selu', {})
}

/** How `selu` is checked and computed. */
export const seluActivation: ActivationDefinition<SeluConfig, SeluConfig> = plain('selu', (x) =>
  expElu(x, alpha).mul(scale),
)
