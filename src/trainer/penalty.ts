// What regularizers add to the loss: those of the layers, and that of the whole model.

import { penalty } from '../nn/index.ts'
import type { Regularizer, Trace } from '../nn/index.ts'
import { withPath } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'

/**
 * The sum of all penalties, a scalar; nothing where there are none.
 *
 * The model's regularizer takes every trained weight of at least two axes that has none of its own:
 * kernels and embeddings, and neither biases nor the scales of norms of one axis.
 *
 * @example
 * ```ts
 * const added = penaltyOf(traced, l2({ factor: 1e-4 }))
 * ```
 */
export function penaltyOf(
  { states, tensors, penalties }: Trace<unknown>,
  regularizer: Regularizer | undefined,
): Tensor | undefined {
  const own = [...penalties.values()]
  if (regularizer === undefined) return sum(own)
  const taken = states.filter(
    ({ name, shape, trainable }) => trainable && shape.length >= 2 && !penalties.has(name),
  )
  const shared = withPath('regularizer', () =>
    taken.flatMap(({ name }) => {
      const weight = tensors.get(name)
      return weight === undefined ? [] : [penalty(regularizer, weight)]
    }),
  )
  return sum([...own, ...shared])
}

function sum([first, ...others]: readonly Tensor[]): Tensor | undefined {
  return others.reduce((total, one) => total?.add(one), first)
}
