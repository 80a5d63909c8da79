// The two halves of a tensor's last axis, for gated activations.

import { AttuneError } from '../../errors/index.ts'
import { here } from '../../tensor/index.ts'
import type { Tensor } from '../../tensor/index.ts'

/**
 * The first and the second half of the last axis.
 *
 * @throws `AttuneError` `SHAPE` where that axis is odd.
 * @example
 * ```ts
 * const [a, b] = halves(x, 'glu')
 * ```
 */
export function halves(x: Tensor, name: string): readonly [Tensor, Tensor] {
  const size = x.shape.at(-1)
  if (size === undefined || size % 2 === 1) {
    const message =
      `${name}: expected a last axis of even size to cut in halves, got [${x.shape.join(', ')}]: ` +
      'give the layer before twice the units'
    throw new AttuneError('SHAPE', here(message))
  }
  const zeros = x.shape.map(() => 0)
  const outer = x.shape.slice(0, -1)
  return [
    x.slice(zeros, [...outer, size / 2]),
    x.slice([...zeros.slice(0, -1), size / 2], [...outer, size]),
  ]
}
