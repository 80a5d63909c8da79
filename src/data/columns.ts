// The types of a native data set's columns.

import { z } from 'zod'

import { choice, wholeNumber } from '../config/index.ts'
import type { NativeDataSet } from '../native.ts'
import type { TensorType } from '../tensor/index.ts'
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

/** The schema of type and sizes, as files keep them. */
export const columnSchema: z.ZodType<TensorType, TensorType> = z.object({
  dtype: choice(['float32', 'int32', 'uint8']),
  shape: z.array(wholeNumber(1)),
})
