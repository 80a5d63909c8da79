// Huber loss: `d² / 2` for differences `d` up to `δ`, `δ (|d| - δ / 2)` beyond. Huber 1964.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import { alike } from './define.ts'
import type { LossDefinition } from './define.ts'

/** Options of `huber`. */
export interface HuberOptions {
  /** Where the square becomes a line, in units of the target, above 0. Default: 1. */
  readonly delta?: number | undefined
}

/** The config of the `huber` loss. */
export interface HuberConfig extends HuberOptions {
  readonly type: 'huber'
}

/**
 * The mean Huber loss over all elements; output and target have one shape.
 *
 * @example
 * ```ts
 * huber({ delta: 0.5 })
 * ```
 */
export function huber(options: HuberOptions = {}): HuberConfig {
  return describe('huber', options)
}

/** How `huber` is checked and computed. */
export const huberLoss: LossDefinition<HuberConfig, Resolved<HuberConfig>> = {
  type: 'huber',
  schema: options({ type: z.literal('huber'), delta: number({ above: 0 }).default(1) }),
  apply: ({ delta }, output, target) => {
    const size = output.sub(alike('huber', output, target)).abs()
    const inner = size.minimum(delta)
    return { values: inner.mul(size.sub(inner.mul(0.5))) }
  },
}
