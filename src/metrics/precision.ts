// Precision: of the samples that are chosen for a class, the share that belongs to it.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { averaged, averageField, classCounts, ratio } from './class-counts.ts'
import type { AverageOption, ClassAverage, ClassesOption, ClassScore } from './class-counts.ts'
import { choicesOf, classTensors, thresholdField } from './classes.ts'
import type { ThresholdOption } from './classes.ts'
import type { MetricDefinition, MetricValue } from './define.ts'

/** Options of `precision`. */
export interface PrecisionOptions extends AverageOption, ThresholdOption {}

/** The config of the `precision` metric. */
export interface PrecisionConfig extends PrecisionOptions {
  readonly type: 'precision'
}

interface ResolvedPrecision {
  readonly type: 'precision'
  readonly average: ClassAverage
  readonly threshold?: number | undefined
}

/**
 * Of the samples chosen for a class the share that is right, as scikit-learn's `precision_score`; 0 where nothing is to be
 * divided. Outputs and targets are those of `accuracy`.
 *
 * @example
 * ```ts
 * const metrics = [precision(), precision({ average: 'none' })]
 * ```
 */
export function precision(options: PrecisionOptions = {}): PrecisionConfig {
  return { type: 'precision', ...options }
}

const score: ClassScore = (hits, chosen) => ratio(hits, chosen)

/** How `precision` is checked and computed. */
export const precisionMetric: MetricDefinition<PrecisionConfig, ResolvedPrecision> = {
  type: 'precision',
  schema: options({
    type: z.literal('precision'),
    average: averageField,
    threshold: thresholdField,
  }),
  suffix: ({ average }) => (average === 'macro' ? undefined : average),
  make: ({ average, threshold }) => ({
    scalar: average !== 'none',
    batch: (output, target) => classTensors(choicesOf('precision', output, target, threshold)),
    finish: (totals) => averaged(totals, average, score),
  }),
}

/**
 * The precision of chosen classes on arrays.
 *
 * @example
 * ```ts
 * precisionOf([0, 1, 1], [0, 1, 0], { average: 'binary' })
 * ```
 */
export function precisionOf(
  target: ArrayLike<number>,
  chosen: ArrayLike<number>,
  { average = 'macro', classes }: AverageOption & ClassesOption = {},
): MetricValue {
  return averaged(classCounts(target, chosen, classes), average, score)
}
