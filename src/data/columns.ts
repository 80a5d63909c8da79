// The types of a native data set's columns.

import type { NativeDataSet } from '../native.ts'
import type { ResolvedData } from './define.ts'

/**
 * Element type and sizes of one sample, by column.
 *
 * @example
 * ```ts
 * columnsOf(digits).x // { dtype: 'uint8', shape: [8, 8, 1] }
 * ```
 */
export function columnsOf(samples: NativeDataSet): ResolvedData['columns'] {
  return JSON.parse(samples.columns()) as ResolvedData['columns']
}
