// The area under the ROC curve: how often a positive has a higher score than a negative. Fawcett 2006.

import { z } from 'zod'

import { options } from '../config/index.ts'
import type { MetricDefinition, MetricValue } from './define.ts'
import { ranked, rankFields, rankRule } from './ranked.ts'
import type { RankOptions, ResolvedRank, Steps } from './ranked.ts'

/** The config of the `rocAuc` metric. */
export interface RocAucConfig extends RankOptions {
  readonly type: 'rocAuc'
}

/**
 * The area under the ROC curve over all samples, ties counting one half, NaN where only one class
 * occurs: as scikit-learn's `roc_auc_score`, several classes one against the rest
 * (`multi_class='ovr'`). Outputs and targets are those of `accuracy`.
 *
 * It keeps the outputs of all samples, so by default it is for measuring only.
 *
 * @example
 * ```ts
 * const metrics = [rocAuc()] // val.rocAuc
 * ```
 */
export function rocAuc(options: RankOptions = {}): RocAucConfig {
  return { type: 'rocAuc', ...options }
}

/** How `rocAuc` is checked and computed. */
export const rocAucMetric: MetricDefinition<RocAucConfig, ResolvedRank> = {
  type: 'rocAuc',
  schema: options({ type: z.literal('rocAuc'), ...rankFields }),
  suffix: ({ average }) => (average === 'macro' ? undefined : average),
  make: (config) => rankRule('rocAuc', config, area),
}

/**
 * The area under the ROC curve on arrays.
 *
 * @param scores of class 1, one a target; or of all classes, row after row.
 * @example
 * ```ts
 * rocAucOf([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) // 0.75
 * ```
 */
export function rocAucOf(
  target: ArrayLike<number>,
  scores: ArrayLike<number>,
  { average = 'macro' }: Pick<RankOptions, 'average'> = {},
): MetricValue {
  return ranked(target, scores, average, area)
}

// Σ over steps of the negatives times the positives above them and half of those beside them
function area(steps: Steps): number {
  let [positives, negatives, pairs] = [0, 0, 0]
  for (const { positive, negative } of steps) {
    pairs += negative * (positives + positive / 2)
    positives += positive
    negatives += negative
  }
  return pairs / (positives * negatives)
}
