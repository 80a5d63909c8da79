// Recall: of the samples of a class, the share that is chosen for it.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { averaged, averageField, classCounts, ratio } from './class-counts.ts'
import type { AverageOption, ClassAverage, ClassesOption, ClassScore } from './class-counts.ts'
import { choicesOf, classTensors, thresholdField } from './classes.ts'
import type { ThresholdOption } from './classes.ts'
import type { MetricDefinition, MetricValue } from './define.ts'

/** Options of `recall`. */
export interface RecallOptions extends AverageOption, ThresholdOption {}

/** The config of the `recall` metric. */
export interface RecallConfig extends RecallOptions {
  readonly type: 'recall'
}

interface ResolvedRecall {
  readonly type: 'recall'
  readonly average: ClassAverage
  readonly threshold?: number | undefined
}

/**
 * Of the samples of a class the share that is found, as scikit-learn's `recall_score`; 0 where nothing is to be
 * divided. Outputs and targets are those of `accuracy`.
 *
 * @example
 * ```ts
 * const metrics = [recall(), recall({ average: 'none' })]
 * ```
 */
export function recall(options: RecallOptions = {}): RecallConfig {
  return { type: 'recall', ...options }
}

const score: ClassScore = (hits, _, support) => ratio(hits, support)

/** How `recall` is checked and computed. */
export const recallMetric: MetricDefinition<RecallConfig, ResolvedRecall> = {
  type: 'recall',
  schema: options({
    type: z.literal('recall'),
    average: averageField,
    threshold: thresholdField,
  }),
  suffix: ({ average }) => (average === 'macro' ? undefined : average),
  make: ({ average, threshold }) => ({
    scalar: average !== 'none',
    batch: (output, target) => classTensors(choicesOf('recall', output, target, threshold)),
    finish: (totals) => averaged(totals, average, score),
  }),
}

/**
 * The recall of chosen classes on arrays.
 *
 * @example
 * ```ts
 * recallOf([0, 1, 1], [0, 1, 0], { average: 'binary' })
 * ```
 */
export function recallOf(
  target: ArrayLike<number>,
  chosen: ArrayLike<number>,
  { average = 'macro', classes }: AverageOption & ClassesOption = {},
): MetricValue {
  return averaged(classCounts(target, chosen, classes), average, score)
}
