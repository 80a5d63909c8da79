// Top-k accuracy: the share of samples whose true class is among the `k` with the largest outputs.

import { z } from 'zod'

import { options, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here, oneHot } from '../tensor/index.ts'
import { counting, rowsOf } from './classes.ts'
import { only } from './define.ts'
import type { MetricDefinition } from './define.ts'
import { scoreRows } from './probabilities.ts'

/** Options of `topK`. */
export interface TopKOptions {
  /** At least 1. Default: 5. */
  readonly k?: number | undefined
}

/** The config of the `topK` metric. */
export interface TopKConfig extends TopKOptions {
  readonly type: 'topK'
}

interface ResolvedTopK {
  readonly type: 'topK'
  readonly k: number
}

/**
 * The share of samples for which fewer than `k` outputs are larger than that of the true class; equal
 * ones do not count against it (scikit-learn's `top_k_accuracy_score` orders them by class). Outputs
 * are `[batch, ..., classes]`, targets those of `accuracy`. Its name is `topK.<k>`.
 *
 * @example
 * ```ts
 * const metrics = [topK({ k: 3 })]
 * ```
 */
export function topK(options: TopKOptions = {}): TopKConfig {
  return { type: 'topK', ...options }
}

/** How `topK` is checked and computed. */
export const topKMetric: MetricDefinition<TopKConfig, ResolvedTopK> = {
  type: 'topK',
  schema: options({ type: z.literal('topK'), k: wholeNumber(1).default(5) }),
  suffix: ({ k }) => `${k}`,
  make: ({ k }) => ({
    batch: (output, target) => {
      const rows = rowsOf('topK', output, target)
      if (rows.single) {
        const message = 'topK: expected an output for each class, got one a sample: use accuracy'
        throw new AttuneError('SHAPE', here(message))
      }
      const counts = counting(rows)
      const own = oneHot(rows.target, rows.classes)
        .mul(rows.output)
        .sum({ axes: 1, keepDims: true })
      const larger = rows.output.greater(own).sum({ axes: 1 })
      return { hits: counts.select(larger.less(k), 0).sum(), samples: counts.sum() }
    },
    finish: (totals) => only(totals, 'hits') / only(totals, 'samples'),
  }),
}

/**
 * The top-k accuracy on arrays.
 *
 * @param scores row after row, one for each class.
 * @example
 * ```ts
 * topKOf([2, 0], [0.1, 0.5, 0.4, 0.2, 0.3, 0.5], { k: 2 }) // 0.5
 * ```
 */
export function topKOf(
  target: ArrayLike<number>,
  scores: ArrayLike<number>,
  { k = 5 }: TopKOptions = {},
): number {
  const rows = scoreRows(target, scores)
  const hits = rows.filter((row, i) => {
    const own = row[target[i] ?? -1] ?? Number.NaN
    return row.filter((score) => score > own).length < k
  })
  return hits.length / rows.length
}
