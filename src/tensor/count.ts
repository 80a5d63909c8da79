// Counts by index: how often each index occurs, or the sum of what stands beside it.

import { AttuneError } from '../errors/index.ts'
import { record, Tensor } from './tensor.ts'

/**
 * `[rows]`: the sum of the `values` (default: 1 each) beside each index below `rows`. What is no
 * index is left out.
 *
 * @example
 * ```ts
 * await count(Tensor.from([2, 0, 2], [3], 'int32'), 3).array() // [1, 0, 2]
 * ```
 */
export function count(index: Tensor, rows: number, values?: Tensor): Tensor {
  const beside = values ?? Tensor.ones(index.shape)
  const [sums] = record({ op: 'scatterAdd', rows }, [index, beside])
  if (sums === undefined) throw new AttuneError('INTERNAL', 'scatterAdd has one output')
  return sums
}
