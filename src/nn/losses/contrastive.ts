// Contrastive loss: `(y d² + (1 - y) max(0, m - d)²) / 2` of the distance `d` of a pair. Hadsell 2006.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import { AttuneError } from '../../errors/index.ts'
import { here } from '../../tensor/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import type { LossDefinition } from './define.ts'
import { distance, sideBySide } from './distance.ts'

/** Options of `contrastive`. */
export interface ContrastiveOptions {
  /** The distance from which on different pairs cost nothing, above 0. Default: 1. */
  readonly margin?: number | undefined
  /** Added to differences, above 0. Default: 1e-6, as in PyTorch's `pairwise_distance`. */
  readonly epsilon?: number | undefined
}

/** The config of the `contrastive` loss. */
export interface ContrastiveConfig extends ContrastiveOptions {
  readonly type: 'contrastive'
}

/**
 * The mean contrastive loss of pairs.
 *
 * The output is `[batch, 2, d]`: both vectors, as an encoder that works on the last axes gives them
 * for inputs `[batch, 2, ...]`. The target `[batch]` is 1 for pairs that belong together and 0 for
 * others (the paper has it the other way round).
 *
 * @example
 * ```ts
 * contrastive({ margin: 2 })
 * ```
 */
export function contrastive(options: ContrastiveOptions = {}): ContrastiveConfig {
  return describe('contrastive', options)
}

/** How `contrastive` is checked and computed. */
export const contrastiveLoss: LossDefinition<ContrastiveConfig, Resolved<ContrastiveConfig>> = {
  type: 'contrastive',
  schema: options({
    type: z.literal('contrastive'),
    margin: number({ above: 0 }).default(1),
    epsilon: number({ above: 0 }).default(1e-6),
  }),
  apply: ({ margin, epsilon }, output, target) => {
    const [a, b] = sideBySide('contrastive', output, 2, 'both of a pair') as [
      typeof output,
      typeof output,
    ]
    const batch = output.shape[0] ?? 0
    if (target.size !== batch) {
      const message =
        `contrastive: expected a target [${batch}] of 1 for pairs that belong together and 0 for ` +
        `others, got [${target.shape.join(', ')}]: give one number for each pair`
      throw new AttuneError('SHAPE', here(message))
    }
    const y = target.cast('float32').reshape([batch])
    const d = distance(a, b, 2, epsilon)
    const apart = d.neg().add(margin).relu().square()
    return { values: y.mul(d.square()).add(y.neg().add(1).mul(apart)).mul(0.5) }
  },
}
