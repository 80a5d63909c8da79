// Binary cross-entropy, the log loss: `-(w y log p + (1 - y) log(1 - p))` with `p = sigmoid(x)`.

import { z } from 'zod'

import { flag, list, number, oneOf, options } from '../../config/index.ts'
import { constants } from '../../tensor/index.ts'
import type { Operand, Tensor } from '../../tensor/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import { alike, requireOnePerClass, twoClasses } from './define.ts'
import type { LossDefinition } from './define.ts'

/** Options of `binaryCrossEntropy`. */
export interface BinaryCrossEntropyOptions {
  /**
   * What positive targets count, at least 0: one number, or one for each place of the last axis.
   * Default: 1.
   */
  readonly positiveWeight?: number | readonly number[] | undefined
  /** Whether the output is scores; else it is probabilities from 0 to 1. Default: true. */
  readonly fromLogits?: boolean | undefined
}

/** The config of the `binaryCrossEntropy` loss. */
export interface BinaryCrossEntropyConfig extends BinaryCrossEntropyOptions {
  readonly type: 'binaryCrossEntropy'
}

/**
 * The mean binary cross-entropy over all elements; output and target have one shape, and targets
 * are probabilities from 0 to 1.
 *
 * From scores it is PyTorch's `BCEWithLogitsLoss`, which loses nothing for scores of any size. From
 * probabilities it is `BCELoss`: no term is above 100. There a probability of exactly 0 or 1 has no
 * gradient towards a target that contradicts it.
 *
 * @example
 * ```ts
 * binaryCrossEntropy({ positiveWeight: 3 })
 * ```
 */
export function binaryCrossEntropy(
  options: BinaryCrossEntropyOptions = {},
): BinaryCrossEntropyConfig {
  return describe('binaryCrossEntropy', options)
}

const weight = number({ from: 0 })

/** How `binaryCrossEntropy` is checked and computed. */
export const binaryCrossEntropyLoss: LossDefinition<
  BinaryCrossEntropyConfig,
  Resolved<BinaryCrossEntropyConfig>
> = {
  type: 'binaryCrossEntropy',
  binary: true,
  schema: options({
    type: z.literal('binaryCrossEntropy'),
    positiveWeight: oneOf('a number of at least 0, or an array of them', [
      weight,
      list('numbers', weight),
    ]).default(1),
    fromLogits: flag().default(true),
  }),
  apply: ({ positiveWeight, fromLogits }, output, target) => {
    const y = alike('binaryCrossEntropy', output, target)
    const positive = weightOf(positiveWeight, output)
    if (!fromLogits) {
      const right = y.mul(logarithm(output)).mul(positive)
      const wrong = y
        .neg()
        .add(1)
        .mul(logarithm(output.neg().add(1)))
      return { values: right.add(wrong).neg() }
    }
    // -log p = softplus(-x) and -log(1 - p) = x + softplus(-x)
    const others = y.neg().add(1)
    const share = positiveWeight === 1 ? 1 : y.mul(positive).add(others)
    return { values: others.mul(output).add(output.neg().softplus().mul(share)) }
  },
  classes: (_, output, target) => twoClasses(alike('binaryCrossEntropy', output, target)),
}

function weightOf(positive: number | readonly number[], output: Tensor): Operand {
  if (typeof positive === 'number') return positive
  requireOnePerClass(positive, output.shape.at(-1) ?? 1, 'loss.positiveWeight')
  return constants(positive)
}

/** The logarithm, at least -100 as in PyTorch. */
function logarithm(p: Tensor): Tensor {
  const above = p.greater(2 ** -126)
  return above.select(above.select(p, 1).log(), -100)
}
