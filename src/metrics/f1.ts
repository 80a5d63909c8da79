// F1: the harmonic mean of precision and recall.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { averaged, averageField, classCounts, ratio } from './class-counts.ts'
import type { AverageOption, ClassAverage, ClassesOption, ClassScore } from './class-counts.ts'
import { choicesOf, classTensors, thresholdField } from './classes.ts'
import type { ThresholdOption } from './classes.ts'
import type { MetricDefinition, MetricValue } from './define.ts'

/** Options of `f1`. */
export interface F1Options extends AverageOption, ThresholdOption {}

/** The config of the `f1` metric. */
export interface F1Config extends F1Options {
  readonly type: 'f1'
}

interface ResolvedF1 {
  readonly type: 'f1'
  readonly average: ClassAverage
  readonly threshold?: number | undefined
}

/**
 * The harmonic mean of precision and recall, `2 hits / (chosen + support)`, as scikit-learn's `f1_score`; 0 where nothing is to be
 * divided. Outputs and targets are those of `accuracy`.
 *
 * @example
 * ```ts
 * const metrics = [f1(), f1({ average: 'none' })]
 * ```
 */
export function f1(options: F1Options = {}): F1Config {
  return { type: 'f1', ...options }
}

const score: ClassScore = (hits, chosen, support) => ratio(2 * hits, chosen + support)

/** How `f1` is checked and computed. */
export const f1Metric: MetricDefinition<F1Config, ResolvedF1> = {
  type: 'f1',
  schema: options({
    type: z.literal('f1'),
    average: averageField,
    threshold: thresholdField,
  }),
  suffix: ({ average }) => (average === 'macro' ? undefined : average),
  make: ({ average, threshold }) => ({
    scalar: average !== 'none',
    batch: (output, target) => classTensors(choicesOf('f1', output, target, threshold)),
    finish: (totals) => averaged(totals, average, score),
  }),
}

/**
 * The f1 of chosen classes on arrays.
 *
 * @example
 * ```ts
 * f1Of([0, 1, 1], [0, 1, 0], { average: 'binary' })
 * ```
 */
export function f1Of(
  target: ArrayLike<number>,
  chosen: ArrayLike<number>,
  { average = 'macro', classes }: AverageOption & ClassesOption = {},
): MetricValue {
  return averaged(classCounts(target, chosen, classes), average, score)
}
