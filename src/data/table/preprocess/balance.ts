// Classes of unequal size: weights for the loss, or samples drawn until all are equally large.

import type { z } from 'zod'

import { choice } from '../../../config/index.ts'
import { guard } from '../../../errors/index.ts'
import { native } from '../../../native.ts'
import type { NativeDataSet } from '../../../native.ts'

/**
 * `none`: as they come. `weights`: every training sample counts `samples / (classes * samples of its
 * class)` in the loss. `over`: samples of smaller classes are drawn again, with repeats. `under`:
 * only some samples of larger classes are drawn. Validation and test samples stay as they are.
 */
export type Balance = 'none' | 'weights' | 'over' | 'under'

/** The schema of `balance`. */
export const balance: z.ZodType<Balance, Balance> = choice(['none', 'weights', 'over', 'under'])

/**
 * Training samples of which all classes count alike, and the other parts in the same columns.
 *
 * @param classes the number of classes of `y`.
 * @param seed draws the samples.
 * @example
 * ```ts
 * const { train } = balanced({ train: samples, validation, test: undefined }, 'over', 2, 0)
 * ```
 */
export function balanced<Parts extends Record<string, NativeDataSet | undefined>>(
  parts: Parts & { readonly train: NativeDataSet },
  how: Balance,
  classes: number,
  seed: number,
): Parts & { readonly train: NativeDataSet } {
  if (how === 'none') return parts
  const { balanceClasses, classWeights, weighClasses } = native()
  return guard(() => {
    if (how !== 'weights') {
      return { ...parts, train: balanceClasses(parts.train, classes, how, seed) }
    }
    const weights = classWeights(parts.train, classes)
    const weighed = Object.entries(parts).map(([name, part]) => [
      name,
      part && weighClasses(part, name === 'train' ? weights : null),
    ])
    return Object.fromEntries(weighed) as typeof parts
  })
}
