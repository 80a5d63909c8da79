// The rows of each part of a table: test rows first, then validation rows out of the others.

import { guard } from '../../errors/index.ts'
import type { NativeTable } from '../../native.ts'
import { rowsApart } from '../split.ts'
import type { SplitRows, ValidationSize } from '../split.ts'
import type { ResolvedTable, TableSplit } from './table.ts'

/** Numbers of rows by part; a part is absent where it has none. */
export interface RowsByPart {
  readonly train: Uint32Array
  readonly validation?: Uint32Array | undefined
  readonly test?: Uint32Array | undefined
}

/**
 * Parts the rows of a table as its config says.
 *
 * @param where the config path of the table, for messages.
 * @throws `AttuneError` `CONFIG` where nothing would be left to train on, `DATA` naming the row
 *   without a value to part by.
 * @example
 * ```ts
 * const { train, validation } = partRows(table, config, 0, 'data')
 * ```
 */
export function partRows(
  table: NativeTable,
  config: ResolvedTable,
  seed: number,
  where: string,
): RowsByPart {
  const { target, validation, validationFrom, test, testFrom } = config
  const all = Uint32Array.from({ length: table.rows }, (_, row) => row)
  const part = (
    from: Uint32Array,
    size: ValidationSize,
    by: TableSplit,
    option: 'validation' | 'test',
  ): SplitRows =>
    size === 0
      ? { train: from, aside: new Uint32Array() }
      : partBy(table, from, size, typeof by === 'string' ? { type: by, by: target } : by, {
          seed,
          size: `${where}.${option}`,
          column: `${where}.${option}From`,
        })
  const first = part(all, typeof test === 'string' ? 0 : test, testFrom, 'test')
  const second = part(first.train, validation, validationFrom, 'validation')
  return {
    train: second.train,
    ...(second.aside.length > 0 && { validation: second.aside }),
    ...(first.aside.length > 0 && { test: first.aside }),
  }
}

interface Places {
  readonly seed: number
  readonly size: string
  readonly column: string
}

function partBy(
  table: NativeTable,
  from: Uint32Array,
  size: ValidationSize,
  { type, by }: { readonly type: Exclude<TableSplit, object> | 'grouped' | 'time'; by: string },
  { seed, size: where, column }: Places,
): SplitRows {
  const some = from.length === table.rows ? table : table.take(from)
  const isGrouped = type === 'stratified' || type === 'grouped'
  const groups = isGrouped ? guard(() => some.groups(by), column) : undefined
  const times = type === 'time' ? guard(() => some.times(by), column) : undefined
  const request = { rows: from.length, by: type, aside: size, seed, groups, times }
  const { train, aside } = rowsApart(request, where)
  const numbers = (rows: Uint32Array): Uint32Array => rows.map((row) => from[row] ?? 0)
  return { train: numbers(train), aside: numbers(aside) }
}
