// F-beta: the harmonic mean of precision and recall, recall counting `beta` times as much.

import { z } from 'zod'

import { number, options } from '../config/index.ts'
import { averaged, averageField, classCounts, ratio } from './class-counts.ts'
import type { AverageOption, ClassAverage, ClassesOption, ClassScore } from './class-counts.ts'
import { choicesOf, classTensors, thresholdField } from './classes.ts'
import type { ThresholdOption } from './classes.ts'
import type { MetricDefinition, MetricValue } from './define.ts'

/** Options of `fBeta`. */
export interface FBetaOptions extends AverageOption, ThresholdOption {
  /** How many times as much as precision recall counts, at least 0. */
  readonly beta: number
}

/** The config of the `fBeta` metric. */
export interface FBetaConfig extends FBetaOptions {
  readonly type: 'fBeta'
}

interface ResolvedFBeta {
  readonly type: 'fBeta'
  readonly beta: number
  readonly average: ClassAverage
  readonly threshold?: number | undefined
}

/**
 * `(1 + β²) hits / (β² support + chosen)`, as scikit-learn's `fbeta_score`; 0 where nothing is to be
 * divided. Outputs and targets are those of `accuracy`. Its name is `fBeta.<beta>`.
 *
 * @example
 * ```ts
 * const metrics = [fBeta({ beta: 2 })]
 * ```
 */
export function fBeta(options: FBetaOptions): FBetaConfig {
  return { type: 'fBeta', ...options }
}

function scoreOf(beta: number): ClassScore {
  const square = beta ** 2
  return (hits, chosen, support) => ratio((1 + square) * hits, square * support + chosen)
}

/** How `fBeta` is checked and computed. */
export const fBetaMetric: MetricDefinition<FBetaConfig, ResolvedFBeta> = {
  type: 'fBeta',
  schema: options({
    type: z.literal('fBeta'),
    beta: number({ from: 0 }),
    average: averageField,
    threshold: thresholdField,
  }),
  suffix: ({ beta, average }) => (average === 'macro' ? `${beta}` : `${beta}.${average}`),
  make: ({ beta, average, threshold }) => ({
    scalar: average !== 'none',
    batch: (output, target) => classTensors(choicesOf('fBeta', output, target, threshold)),
    finish: (totals) => averaged(totals, average, scoreOf(beta)),
  }),
}

/**
 * The F-beta of chosen classes on arrays.
 *
 * @example
 * ```ts
 * fBetaOf([0, 1, 1], [0, 1, 0], { beta: 0.5 })
 * ```
 */
export function fBetaOf(
  target: ArrayLike<number>,
  chosen: ArrayLike<number>,
  { beta, average = 'macro', classes }: AverageOption & ClassesOption & { readonly beta: number },
): MetricValue {
  return averaged(classCounts(target, chosen, classes), average, scoreOf(beta))
}
