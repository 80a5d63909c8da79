// Distances of vectors: `(Σ |a - b + ε|^p)^(1 / p)`, as PyTorch's `pairwise_distance`.

import { AttuneError } from '../../errors/index.ts'
import { elements, here } from '../../tensor/index.ts'
import type { Tensor } from '../../tensor/index.ts'

/**
 * The vectors that a model gives side by side: `[batch, count, ...]` as `count` of `[batch, d]`.
 *
 * @throws `AttuneError` `SHAPE`.
 * @example
 * ```ts
 * const [anchor, positive, negative] = sideBySide('tripletMargin', output, 3, 'anchor, positive, negative')
 * ```
 */
export function sideBySide(loss: string, output: Tensor, count: number, names: string): Tensor[] {
  const [batch = 0, sides, ...one] = output.shape
  if (output.rank < 3 || sides !== count) {
    const message =
      `${loss}: expected vectors [batch, ${count}, d] (${names}), got ` +
      `[${output.shape.join(', ')}]: stack what the shared encoder gives along axis 1`
    throw new AttuneError('SHAPE', here(message))
  }
  const width = elements(one)
  const flat = output.reshape([batch, count, width])
  return Array.from({ length: count }, (_, i) =>
    flat.slice([0, i, 0], [batch, i + 1, width]).reshape([batch, width]),
  )
}

/**
 * The distance of each row of `a` from that of `b`, `[batch]`.
 *
 * @example
 * ```ts
 * const d = distance(anchor, positive, 2, 1e-6)
 * ```
 */
export function distance(a: Tensor, b: Tensor, p: number, epsilon: number): Tensor {
  const difference = a.sub(b).add(epsilon)
  if (p === 1) return difference.abs().sum({ axes: 1 })
  if (p === 2) return difference.square().sum({ axes: 1 }).sqrt()
  return difference
    .abs()
    .pow(p)
    .sum({ axes: 1 })
    .pow(1 / p)
}
