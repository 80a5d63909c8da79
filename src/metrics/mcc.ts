// Matthews' correlation coefficient of chosen and true classes. Gorodkin 2004 for several classes.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { classCounts, ratio, sum } from './class-counts.ts'
import type { ClassCounts } from './class-counts.ts'
import { choicesOf, classTensors, thresholdField } from './classes.ts'
import type { ThresholdOption } from './classes.ts'
import type { MetricDefinition } from './define.ts'

/** The config of the `mcc` metric. */
export interface MccConfig extends ThresholdOption {
  readonly type: 'mcc'
}

/**
 * The correlation of chosen and true classes, from -1 to 1 and 0 for choices at random, as
 * scikit-learn's `matthews_corrcoef`. Outputs and targets are those of `accuracy`.
 *
 * @example
 * ```ts
 * const metrics = [mcc()]
 * ```
 */
export function mcc(options: ThresholdOption = {}): MccConfig {
  return { type: 'mcc', ...options }
}

/** How `mcc` is checked and computed. */
export const mccMetric: MetricDefinition<MccConfig, MccConfig> = {
  type: 'mcc',
  schema: options({ type: z.literal('mcc'), threshold: thresholdField }),
  make: ({ threshold }) => ({
    batch: (output, target) => classTensors(choicesOf('mcc', output, target, threshold)),
    finish: (totals) => correlation(totals),
  }),
}

/**
 * The correlation of chosen and true classes on arrays.
 *
 * @example
 * ```ts
 * mccOf([0, 1, 1], [0, 1, 0]) // 0.5
 * ```
 */
export function mccOf(target: ArrayLike<number>, chosen: ArrayLike<number>): number {
  return correlation(classCounts(target, chosen))
}

// (n Σ hits - Σ t p) / √((n² - Σ t²) (n² - Σ p²)) with t = support and p = chosen
function correlation({ hits, chosen, support }: ClassCounts): number {
  const samples = sum(support)
  const both = sum(support.map((own, at) => own * (chosen[at] ?? 0)))
  const spread = (counts: Float64Array): number => samples ** 2 - sum(counts.map((own) => own ** 2))
  return ratio(samples * sum(hits) - both, Math.sqrt(spread(support) * spread(chosen)))
}
