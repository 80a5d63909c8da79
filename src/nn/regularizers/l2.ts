// L2: the penalty `factor Σ w²`, which keeps weights small. Hoerl and Kennard 1970.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import type { RegularizerDefinition } from './define.ts'

/** Options of `l2`. */
export interface L2Options {
  /** What the sum is multiplied by, at least 0. Default: 0.01. */
  readonly factor?: number | undefined
}

/** The config of the `l2` regularizer. */
export interface L2Config extends L2Options {
  readonly type: 'l2'
}

/**
 * The penalty `factor Σ w²`, as Keras' `L2`; PyTorch has none. Its gradient is `2 factor w`: an
 * optimizer's coupled `weightDecay` of `2 factor` does the same to the weights, and adds nothing to
 * the loss.
 *
 * @example
 * ```ts
 * conv2d({ filters: 32, kernelSize: 3, kernelRegularizer: l2({ factor: 1e-4 }) })
 * ```
 */
export function l2(options: L2Options = {}): L2Config {
  return describe('l2', options)
}

/** How `l2` is checked and computed. */
export const l2Regularizer: RegularizerDefinition<L2Config, Resolved<L2Config>> = {
  type: 'l2',
  schema: options({ type: z.literal('l2'), factor: number({ from: 0 }).default(0.01) }),
  penalty: (x, { factor }) => x.square().sum().mul(factor),
}
