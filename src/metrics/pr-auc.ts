// The area under the precision-recall curve as average precision: `Σ (R_n - R_(n-1)) P_n`.

import { z } from 'zod'

import { options } from '../config/index.ts'
import type { MetricDefinition, MetricValue } from './define.ts'
import { ranked, rankFields, rankRule } from './ranked.ts'
import type { RankOptions, ResolvedRank, Steps } from './ranked.ts'

/** The config of the `prAuc` metric. */
export interface PrAucConfig extends RankOptions {
  readonly type: 'prAuc'
}

/**
 * The average precision over all samples, as scikit-learn's `average_precision_score`: the area under
 * the steps of the precision-recall curve, without lines between its points. Several classes count
 * one against the rest; 0 where no sample is positive. Outputs and targets are those of `accuracy`.
 *
 * It keeps the outputs of all samples, so by default it is for measuring only.
 *
 * @example
 * ```ts
 * const metrics = [prAuc()] // val.prAuc
 * ```
 */
export function prAuc(options: RankOptions = {}): PrAucConfig {
  return { type: 'prAuc', ...options }
}

/** How `prAuc` is checked and computed. */
export const prAucMetric: MetricDefinition<PrAucConfig, ResolvedRank> = {
  type: 'prAuc',
  schema: options({ type: z.literal('prAuc'), ...rankFields }),
  suffix: ({ average }) => (average === 'macro' ? undefined : average),
  make: (config) => rankRule('prAuc', config, averagePrecision),
}

/**
 * The average precision on arrays.
 *
 * @param scores of class 1, one a target; or of all classes, row after row.
 * @example
 * ```ts
 * prAucOf([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) // 0.83
 * ```
 */
export function prAucOf(
  target: ArrayLike<number>,
  scores: ArrayLike<number>,
  { average = 'macro' }: Pick<RankOptions, 'average'> = {},
): MetricValue {
  return ranked(target, scores, average, averagePrecision)
}

function averagePrecision(steps: Steps): number {
  const positives = steps.reduce((total, { positive }) => total + positive, 0)
  let [hits, taken, area] = [0, 0, 0]
  for (const { positive, negative } of steps) {
    hits += positive
    taken += positive + negative
    area += (positive * hits) / taken
  }
  return positives === 0 ? 0 : area / positives
}
