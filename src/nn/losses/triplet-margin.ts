// Triplet loss: `max(0, d(a, p) - d(a, n) + m)`. Balntas 2016, Learning local feature descriptors with triplets.

import { z } from 'zod'

import { flag, number, options } from '../../config/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import type { LossDefinition } from './define.ts'
import { distance, sideBySide } from './distance.ts'

/** Options of `tripletMargin`. */
export interface TripletMarginOptions {
  /** By how much the negative is to be farther than the positive, above 0. Default: 1. */
  readonly margin?: number | undefined
  /** The exponent of the distance, at least 1. Default: 2. */
  readonly p?: number | undefined
  /** Added to differences, above 0. Default: 1e-6. */
  readonly epsilon?: number | undefined
  /** Whether the negative's distance from the positive counts where it is less. Default: false. */
  readonly swap?: boolean | undefined
}

/** The config of the `tripletMargin` loss. */
export interface TripletMarginConfig extends TripletMarginOptions {
  readonly type: 'tripletMargin'
}

/**
 * The mean triplet loss, as PyTorch's `TripletMarginLoss`.
 *
 * The output is `[batch, 3, d]`: anchor, positive and negative, as an encoder that works on the last
 * axes gives them for inputs `[batch, 3, ...]`. The order tells all, so the target is not read; any
 * column will do.
 *
 * @example
 * ```ts
 * tripletMargin({ margin: 0.5, swap: true })
 * ```
 */
export function tripletMargin(options: TripletMarginOptions = {}): TripletMarginConfig {
  return describe('tripletMargin', options)
}

/** How `tripletMargin` is checked and computed. */
export const tripletMarginLoss: LossDefinition<
  TripletMarginConfig,
  Resolved<TripletMarginConfig>
> = {
  type: 'tripletMargin',
  schema: options({
    type: z.literal('tripletMargin'),
    margin: number({ above: 0 }).default(1),
    p: number({ from: 1 }).default(2),
    epsilon: number({ above: 0 }).default(1e-6),
    swap: flag().default(false),
  }),
  apply: ({ margin, p, epsilon, swap }, output) => {
    const names = 'anchor, positive, negative'
    const [a, b, c] = sideBySide('tripletMargin', output, 3, names) as [
      typeof output,
      typeof output,
      typeof output,
    ]
    const near = distance(a, b, p, epsilon)
    const far = distance(a, c, p, epsilon)
    const farther = swap ? far.minimum(distance(b, c, p, epsilon)) : far
    return { values: near.sub(farther).add(margin).relu() }
  },
}
