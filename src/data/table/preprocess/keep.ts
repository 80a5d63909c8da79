// The steps `select` and `drop`: which columns go on.

import { z } from 'zod'

import { options } from '../../../config/index.ts'
import { columnChoice } from './columns.ts'
import type { ColumnChoice } from './columns.ts'

/** Options of `select` and `drop`. */
export interface KeepOptions {
  readonly columns: ColumnChoice
}

/** The configs of these steps by type. */
export interface KeepConfigs {
  select: KeepOptions & { readonly type: 'select' }
  drop: KeepOptions & { readonly type: 'drop' }
}

/**
 * Only these columns, and the target, go on; others need not be there to predict.
 *
 * @example
 * ```ts
 * preprocess.select({ columns: ['age', 'fare', 'sex'] })
 * ```
 */
export function select(given: KeepOptions): KeepConfigs['select'] {
  return { type: 'select', ...given }
}

/**
 * These columns do not go on, and need not be there to predict.
 *
 * @example
 * ```ts
 * preprocess.drop({ columns: ['name', 'id*'] })
 * ```
 */
export function drop(given: KeepOptions): KeepConfigs['drop'] {
  return { type: 'drop', ...given }
}

/** How these steps are checked. */
export const keepSchemas: { readonly [Type in keyof KeepConfigs]: z.ZodType } = {
  select: options({ type: z.literal('select'), columns: columnChoice }),
  drop: options({ type: z.literal('drop'), columns: columnChoice }),
}
