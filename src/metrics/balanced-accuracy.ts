// Balanced accuracy: the mean recall of the classes that occur. Brodersen 2010.

import { z } from 'zod'

import { flag, options } from '../config/index.ts'
import { classCounts } from './class-counts.ts'
import type { ClassCounts } from './class-counts.ts'
import { choicesOf, classTensors, thresholdField } from './classes.ts'
import type { ThresholdOption } from './classes.ts'
import type { MetricDefinition } from './define.ts'

/** Options of `balancedAccuracy`. */
export interface BalancedAccuracyOptions extends ThresholdOption {
  /** Whether choices at random are 0 and right ones stay 1. Default: false. */
  readonly adjusted?: boolean | undefined
}

/** The config of the `balancedAccuracy` metric. */
export interface BalancedAccuracyConfig extends BalancedAccuracyOptions {
  readonly type: 'balancedAccuracy'
}

interface ResolvedBalancedAccuracy {
  readonly type: 'balancedAccuracy'
  readonly adjusted: boolean
  readonly threshold?: number | undefined
}

/**
 * The mean recall of the classes that occur, as scikit-learn's `balanced_accuracy_score`. Outputs
 * and targets are those of `accuracy`.
 *
 * @example
 * ```ts
 * const metrics = [balancedAccuracy({ adjusted: true })]
 * ```
 */
export function balancedAccuracy(options: BalancedAccuracyOptions = {}): BalancedAccuracyConfig {
  return { type: 'balancedAccuracy', ...options }
}

/** How `balancedAccuracy` is checked and computed. */
export const balancedAccuracyMetric: MetricDefinition<
  BalancedAccuracyConfig,
  ResolvedBalancedAccuracy
> = {
  type: 'balancedAccuracy',
  schema: options({
    type: z.literal('balancedAccuracy'),
    adjusted: flag().default(false),
    threshold: thresholdField,
  }),
  suffix: ({ adjusted }) => (adjusted ? 'adjusted' : undefined),
  make: ({ adjusted, threshold }) => ({
    batch: (output, target) =>
      classTensors(choicesOf('balancedAccuracy', output, target, threshold)),
    finish: (totals) => meanRecall(totals, adjusted),
  }),
}

/**
 * The balanced accuracy of chosen classes on arrays.
 *
 * @example
 * ```ts
 * balancedAccuracyOf([0, 0, 1], [0, 1, 1]) // 0.75
 * ```
 */
export function balancedAccuracyOf(
  target: ArrayLike<number>,
  chosen: ArrayLike<number>,
  { adjusted = false }: { readonly adjusted?: boolean | undefined } = {},
): number {
  return meanRecall(classCounts(target, chosen), adjusted)
}

function meanRecall({ hits, support }: ClassCounts, adjusted: boolean): number {
  const recalls = Array.from(hits, (own, at) => own / (support[at] ?? 0)).filter(
    (_, at) => (support[at] ?? 0) > 0,
  )
  const mean = recalls.reduce((total, one) => total + one, 0) / recalls.length
  const chance = 1 / recalls.length
  return adjusted ? (mean - chance) / (1 - chance) : mean
}
