// Rows of any data parted by one's own classes, groups or times, as numbers to pick them by.

import { z } from 'zod'

import { options, parse, show, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { rowsApart, splitBy, validationSize } from './split.ts'
import type { SplitBy, SplitRows, ValidationSize } from './split.ts'

/** Options of `splitRows`. */
export interface SplitRowsOptions {
  /** How many rows there are. Default: as many as `groups` or `times`. */
  readonly rows?: number | undefined
  /** A fraction below 1, a number of rows, or a fold as `{ fold, of }`. */
  readonly aside: ValidationSize
  /**
   * `first`, `last` and `random`; `stratified`: each class has its share on both sides; `grouped`: no
   * group is on both sides; `time`: the latest are kept aside. Default: `random`.
   */
  readonly by?: SplitBy | undefined
  /** The class or group of each row, for `stratified` and `grouped`. */
  readonly groups?: ArrayLike<string | number | boolean> | undefined
  /** The moment of each row, for `time`: numbers, dates, or texts that `Date.parse` reads. */
  readonly times?: ArrayLike<number | string | Date> | undefined
  /** Decides what is drawn. Default: 0. */
  readonly seed?: number | undefined
}

const values = z.custom<ArrayLike<unknown>>(
  (given) => Array.isArray(given) || ArrayBuffer.isView(given),
  { error: ({ input }) => `expected an array of a value for each row, got ${show(input)}` },
)

const schema = options({
  rows: wholeNumber(1).optional(),
  aside: validationSize,
  by: splitBy.default('random'),
  groups: values.optional(),
  times: values.optional(),
  seed: wholeNumber().default(0),
})

/**
 * Parts rows into those to train on and those kept aside, by numbers from 0. Folds have the sizes of
 * scikit-learn's; a fold by time leaves out the rows behind it.
 *
 * @throws `AttuneError` `CONFIG` for what is missing or would leave nothing to train on, `DATA` for
 *   fewer rows or groups than folds and for a row without a time.
 * @example
 * ```ts
 * const { train, aside } = splitRows({ by: 'grouped', groups: patients, aside: 0.2 })
 * const folds = [0, 1, 2].map((fold) => splitRows({ rows: 90, aside: { fold, of: 3 } }))
 * ```
 */
export function splitRows(given: SplitRowsOptions): SplitRows {
  const { rows, aside, by, groups, times, seed } = parse(schema, given, 'splitRows')
  const count = rows ?? groups?.length ?? times?.length
  const missing =
    (by === 'stratified' || by === 'grouped') && groups === undefined
      ? 'groups'
      : by === 'time' && times === undefined
        ? 'times'
        : count === undefined && 'rows'
  if (missing !== false || count === undefined) {
    const message = `splitRows.${missing}: expected it to part rows by "${by}", got nothing`
    throw new AttuneError('CONFIG', message)
  }
  const request = { rows: count, by, aside, seed, groups: groups && numbered(groups) }
  return rowsApart({ ...request, times: times && moments(times) }, 'splitRows.aside')
}

/** A number for each value, equal where values are. */
function numbered(values: ArrayLike<unknown>): Uint32Array {
  const known = new Map<unknown, number>()
  return Uint32Array.from(values, (value) => {
    const number = known.get(value) ?? known.size
    known.set(value, number)
    return number
  })
}

function moments(values: ArrayLike<unknown>): Float64Array {
  return Float64Array.from(values, (value) =>
    typeof value === 'string' ? Date.parse(value) : Number(value),
  )
}
