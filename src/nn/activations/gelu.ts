// GELU: `y = x Φ(x)` with the normal distribution's Φ. Hendrycks and Gimpel 2016, arXiv:1606.08415.

import { z } from 'zod'

import { choice, options } from '../../config/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import type { ActivationDefinition } from './define.ts'

/** Options of `gelu`. */
export interface GeluOptions {
  /** `none` is exact; `tanh` computes `x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`. Default: `none`. */
  readonly approximate?: 'none' | 'tanh' | undefined
}

/** The config of a `gelu` layer or activation. */
export interface GeluConfig extends GeluOptions {
  readonly type: 'gelu'
}

/**
 * `x Φ(x)`, exact or approximated by tanh; any shape.
 *
 * @example
 * ```ts
 * dense({ units: 64, activation: gelu({ approximate: 'tanh' }) })
 * ```
 */
export function gelu(options: GeluOptions = {}): GeluConfig {
  return describe('gelu', options)
}

/** How `gelu` is checked and computed. */
export const geluActivation: ActivationDefinition<GeluConfig, Resolved<GeluConfig>> = {
  type: 'gelu',
  schema: options({
    type: z.literal('gelu'),
    approximate: choice(['none', 'tanh']).default('none'),
  }),
  apply: (x, { approximate }) => x.gelu({ approximate: approximate === 'tanh' }),
}
