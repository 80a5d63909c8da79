// The lengths of sequences, as native operations take them.

import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'

/**
 * Lengths `[batch]`, as whole numbers.
 *
 * @throws `AttuneError` `SHAPE` where there are not as many.
 * @example
 * ```ts
 * x.maskTime(lengthsOf(lengths, 32))
 * ```
 */
export function lengthsOf(lengths: Tensor, batch: number): Tensor {
  if (lengths.shape.join() === `${batch}`) return lengths.cast('int32')
  const message = `expected the lengths [${batch}] of the sequences, got [${lengths.shape.join(', ')}]`
  throw new AttuneError('SHAPE', here(message))
}
