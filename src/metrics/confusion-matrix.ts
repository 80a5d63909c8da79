// The confusion matrix: how many samples of each true class (rows) are chosen for each class (columns).

import { z } from 'zod'

import { choice, options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { count, here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { classesIn, ratio, requireEqual, sum } from './class-counts.ts'
import type { ClassesOption } from './class-counts.ts'
import { choicesOf, thresholdField } from './classes.ts'
import type { Choices, ThresholdOption } from './classes.ts'
import type { MetricDefinition } from './define.ts'

/** What counts are divided by: those of the true class, of the chosen one, or of all samples. */
export type Normalised = 'none' | 'true' | 'chosen' | 'all'

/** Options of `confusionMatrix`. */
export interface ConfusionMatrixOptions extends ThresholdOption {
  /** Default: `none`, counts. */
  readonly normalise?: Normalised | undefined
}

/** The config of the `confusionMatrix` metric. */
export interface ConfusionMatrixConfig extends ConfusionMatrixOptions {
  readonly type: 'confusionMatrix'
}

interface ResolvedConfusionMatrix {
  readonly type: 'confusionMatrix'
  readonly normalise: Normalised
  readonly threshold?: number | undefined
}

/**
 * The table of true classes (rows) and chosen classes (columns), as scikit-learn's
 * `confusion_matrix`; events and `evaluate` have it among the `details`. Outputs and targets are
 * those of `accuracy`; at most 4,096 classes.
 *
 * @example
 * ```ts
 * const { details } = await trainer.evaluate('test', { metrics: [confusionMatrix()] })
 * ```
 */
export function confusionMatrix(options: ConfusionMatrixOptions = {}): ConfusionMatrixConfig {
  return { type: 'confusionMatrix', ...options }
}

/** How `confusionMatrix` is checked and computed. */
export const confusionMatrixMetric: MetricDefinition<
  ConfusionMatrixConfig,
  ResolvedConfusionMatrix
> = {
  type: 'confusionMatrix',
  schema: options({
    type: z.literal('confusionMatrix'),
    normalise: choice(['none', 'true', 'chosen', 'all']).default('none'),
    threshold: thresholdField,
  }),
  suffix: ({ normalise }) => (normalise === 'none' ? undefined : normalise),
  make: ({ normalise, threshold }) => ({
    scalar: false,
    batch: (output, target) => ({
      counts: pairCounts(choicesOf('confusionMatrix', output, target, threshold)),
    }),
    finish: ({ counts = new Float64Array() }) => normalised(table(counts), normalise),
  }),
}

/**
 * The confusion matrix of chosen classes on arrays.
 *
 * @example
 * ```ts
 * confusionMatrixOf([0, 1, 1], [0, 1, 0]) // [[1, 0], [1, 1]]
 * ```
 */
export function confusionMatrixOf(
  target: ArrayLike<number>,
  chosen: ArrayLike<number>,
  {
    normalise = 'none',
    classes = classesIn(target, chosen),
  }: ClassesOption & { readonly normalise?: Normalised | undefined } = {},
): number[][] {
  requireEqual(target, chosen)
  const counts = new Float64Array(classes ** 2)
  for (let i = 0; i < target.length; i++) {
    const [row, column] = [target[i] ?? -1, chosen[i] ?? -1]
    if (![row, column].every((label) => label >= 0 && label < classes)) continue
    counts[row * classes + column] = (counts[row * classes + column] ?? 0) + 1
  }
  return normalised(table(counts), normalise)
}

/**
 * `[classes²]`: how often each pair of a true and a chosen class occurs.
 *
 * @example
 * ```ts
 * const counts = pairCounts(choicesOf('cohenKappa', output, target, undefined))
 * ```
 */
export function pairCounts({ classes, target, chosen, counts }: Choices): Tensor {
  if (classes > 4096) {
    const message = `expected at most 4096 classes for a table of them, got ${classes}`
    throw new AttuneError('SHAPE', here(`${message}: use precision and recall`))
  }
  const pair = target.cast('float32').mul(classes).add(chosen.cast('float32'))
  return count(counts.select(pair, -1).cast('int32'), classes ** 2)
}

/**
 * The rows of a square table.
 *
 * @example
 * ```ts
 * table(Float64Array.of(1, 0, 2, 3)) // [[1, 0], [2, 3]]
 * ```
 */
export function table(counts: Float64Array): number[][] {
  const classes = Math.round(Math.sqrt(counts.length))
  return Array.from({ length: classes }, (_, row) =>
    Array.from(counts.subarray(row * classes, (row + 1) * classes)),
  )
}

function normalised(counts: number[][], by: Normalised): number[][] {
  if (by === 'none') return counts
  const columns = counts.map((_, column) => sum(counts.map((row) => row[column] ?? 0)))
  const all = sum(columns)
  return counts.map((row) =>
    row.map((own, column) =>
      ratio(own, by === 'all' ? all : by === 'true' ? sum(row) : (columns[column] ?? 0)),
    ),
  )
}
