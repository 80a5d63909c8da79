// Categorical hinge: `max(0, 1 - x_y + max of x_c for c ≠ y)`, by how much the right score leads.

import { z } from 'zod'

import { options } from '../../config/index.ts'
import { oneHot } from '../../tensor/index.ts'
import { describe } from '../define.ts'
import { classesOf, scoresOf } from './define.ts'
import type { LossDefinition } from './define.ts'

/** The config of the `categoricalHinge` loss. */
export interface CategoricalHingeConfig {
  readonly type: 'categoricalHinge'
}

/**
 * The mean of `max(0, 1 - Σ y x + max((1 - y) x))` over samples, as in Keras: the highest wrong score
 * counts as at least 0.
 *
 * The output is scores `[batch, ..., classes]`, the target class indices `[batch, ...]` (`int32`,
 * `uint8`) or one-hot rows of the scores' shape (`float32`).
 *
 * @example
 * ```ts
 * categoricalHinge()
 * ```
 */
export function categoricalHinge(): CategoricalHingeConfig {
  return describe('categoricalHinge', {})
}

/** How `categoricalHinge` is checked and computed. */
export const categoricalHingeLoss: LossDefinition<CategoricalHingeConfig, CategoricalHingeConfig> =
  {
    type: 'categoricalHinge',
    indexed: true,
    schema: options({ type: z.literal('categoricalHinge') }),
    apply: (_, output, target) => {
      const given = scoresOf('categoricalHinge', output, target)
      const y = given.soft ? given.target : oneHot(given.target, given.classes)
      const right = given.scores.mul(y).sum({ axes: -1 })
      const wrong = given.scores.sub(given.scores.mul(y)).max({ axes: -1 })
      return { values: wrong.sub(right).add(1).relu().reshape(given.shape) }
    },
    classes: (_, output, target) => classesOf(scoresOf('categoricalHinge', output, target)),
  }
