// One-hot rows: 1 at the class of each label, else 0.

import { AttuneError } from '../errors/index.ts'
import { record, Tensor } from './tensor.ts'

/**
 * Labels `[rows]` (`int32`, `uint8`) as `[rows, classes]`; a label that is no class gives a row of
 * NaN.
 *
 * It is `1 - (exp(0 - 0) - oneHot)`: the gradient of cross-entropy knows the labels, and so it takes
 * one node whatever the number of classes.
 *
 * @example
 * ```ts
 * await oneHot(Tensor.from([2, 0], [2], 'int32'), 3).array() // [[0, 0, 1], [1, 0, 0]]
 * ```
 */
export function oneHot(labels: Tensor, classes: number): Tensor {
  const rows = labels.size
  const [others] = record({ op: 'crossEntropyGradient', labelSmoothing: 0 }, [
    Tensor.zeros([rows, classes]),
    Tensor.zeros([rows]),
    labels,
    Tensor.ones([rows]),
  ])
  if (others === undefined) throw new AttuneError('INTERNAL', 'crossEntropyGradient has one output')
  return Tensor.ones([rows, classes]).sub(others)
}
