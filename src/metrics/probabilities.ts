// Probabilities of classes: those of a model's outputs, and rows of them on arrays.

import type { z } from 'zod'

import { flag } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { counting, rowsOf } from './classes.ts'
import type { Rows } from './classes.ts'

/** The option of metrics of probabilities. */
export interface FromLogitsOption {
  /** Whether outputs are scores, of which softmax or sigmoid is taken. Default: true. */
  readonly fromLogits?: boolean | undefined
}

/** The schema of `fromLogits`. */
export const fromLogitsField: z.ZodDefault<z.ZodBoolean> = flag().default(true)

/** The least probability that a logarithm is taken of, as in scikit-learn. */
export const least: number = 2 ** -52

/** Rows with probabilities in the place of outputs. */
export interface ProbableRows extends Rows {
  /** Probabilities `[rows, classes]`, or `[rows]` of class 1. */
  readonly output: Tensor
  /** 1 where the row counts, `[rows]`. */
  readonly counts: Tensor
}

/**
 * The probabilities that a model gives the classes of each row.
 *
 * @throws `AttuneError` `SHAPE`.
 * @example
 * ```ts
 * const { output: p, target } = probabilitiesOf('brier', output, target, true)
 * ```
 */
export function probabilitiesOf(
  metric: string,
  output: Tensor,
  target: Tensor,
  fromLogits: boolean,
): ProbableRows {
  const rows = rowsOf(metric, output, target)
  const scores = rows.output
  const given = fromLogits ? (rows.single ? scores.sigmoid() : scores.softmax()) : scores
  return { ...rows, output: given, counts: counting(rows) }
}

/**
 * Scores on arrays, row by row.
 *
 * @throws `AttuneError` `SHAPE` where there are not as many for each target.
 * @example
 * ```ts
 * scoreRows([0, 1], [0.9, 0.1, 0.2, 0.8]) // [[0.9, 0.1], [0.2, 0.8]]
 * ```
 */
export function scoreRows(target: ArrayLike<number>, scores: ArrayLike<number>): number[][] {
  requireRows(target, scores)
  const width = scores.length / target.length
  return Array.from({ length: target.length }, (_, row) =>
    Array.from({ length: width }, (_unused, i) => scores[row * width + i] ?? Number.NaN),
  )
}

/**
 * Refuses scores that are not equally many for each target.
 *
 * @throws `AttuneError` `SHAPE`.
 * @example
 * ```ts
 * requireRows([0, 1], [0.9, 0.1, 0.2, 0.8])
 * ```
 */
export function requireRows(target: ArrayLike<number>, scores: ArrayLike<number>): void {
  const width = scores.length / target.length
  if (target.length > 0 && Number.isInteger(width) && width > 0) return
  const message =
    `expected scores row after row, equally many for each of ${target.length} targets, got ` +
    `${scores.length}`
  throw new AttuneError('SHAPE', message)
}

/**
 * Probabilities on arrays, row by row; of one a row those of both classes.
 *
 * @example
 * ```ts
 * probabilityRows([0, 1], [0.25, 0.5]) // [[0.75, 0.25], [0.5, 0.5]]
 * ```
 */
export function probabilityRows(
  target: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): number[][] {
  return scoreRows(target, probabilities).map((row) =>
    row.length === 1 ? [1 - (row[0] ?? 0), row[0] ?? 0] : row,
  )
}
