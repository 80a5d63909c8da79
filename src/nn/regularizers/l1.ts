// L1: the penalty `factor Σ |w|`, which makes weights zero. Tibshirani 1996.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import type { RegularizerDefinition } from './define.ts'

/** Options of `l1`. */
export interface L1Options {
  /** What the sum is multiplied by, at least 0. Default: 0.01. */
  readonly factor?: number | undefined
}

/** The config of the `l1` regularizer. */
export interface L1Config extends L1Options {
  readonly type: 'l1'
}

/**
 * The penalty `factor Σ |w|`, as Keras' `L1`; PyTorch has none.
 *
 * @example
 * ```ts
 * dense({ units: 64, kernelRegularizer: l1({ factor: 1e-4 }) })
 * ```
 */
export function l1(options: L1Options = {}): L1Config {
  return describe('l1', options)
}

/** How `l1` is checked and computed. */
export const l1Regularizer: RegularizerDefinition<L1Config, Resolved<L1Config>> = {
  type: 'l1',
  schema: options({ type: z.literal('l1'), factor: number({ from: 0 }).default(0.01) }),
  penalty: (x, { factor }) => x.abs().sum().mul(factor),
}
