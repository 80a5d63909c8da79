// Cohen's kappa: by how much more than by chance chosen and true classes agree. Cohen 1960, 1968.

import { z } from 'zod'

import { choice, options } from '../config/index.ts'
import { sum } from './class-counts.ts'
import { choicesOf, thresholdField } from './classes.ts'
import type { ThresholdOption } from './classes.ts'
import { confusionMatrixOf, pairCounts, table } from './confusion-matrix.ts'
import type { MetricDefinition } from './define.ts'

/** What a wrong choice costs: 1, the distance of the classes, or its square. */
export type KappaWeights = 'none' | 'linear' | 'quadratic'

/** Options of `cohenKappa`. */
export interface CohenKappaOptions extends ThresholdOption {
  /** Default: `none`. */
  readonly weights?: KappaWeights | undefined
}

/** The config of the `cohenKappa` metric. */
export interface CohenKappaConfig extends CohenKappaOptions {
  readonly type: 'cohenKappa'
}

interface ResolvedCohenKappa {
  readonly type: 'cohenKappa'
  readonly weights: KappaWeights
  readonly threshold?: number | undefined
}

/**
 * `1 - Σ w observed / Σ w expected`: 1 for right choices, 0 for choices at random, NaN where only
 * one class occurs; as scikit-learn's `cohen_kappa_score`. Outputs and targets are those of
 * `accuracy`; at most 4,096 classes.
 *
 * @example
 * ```ts
 * const metrics = [cohenKappa({ weights: 'quadratic' })]
 * ```
 */
export function cohenKappa(options: CohenKappaOptions = {}): CohenKappaConfig {
  return { type: 'cohenKappa', ...options }
}

/** How `cohenKappa` is checked and computed. */
export const cohenKappaMetric: MetricDefinition<CohenKappaConfig, ResolvedCohenKappa> = {
  type: 'cohenKappa',
  schema: options({
    type: z.literal('cohenKappa'),
    weights: choice(['none', 'linear', 'quadratic']).default('none'),
    threshold: thresholdField,
  }),
  suffix: ({ weights }) => (weights === 'none' ? undefined : weights),
  make: ({ weights, threshold }) => ({
    batch: (output, target) => ({
      counts: pairCounts(choicesOf('cohenKappa', output, target, threshold)),
    }),
    finish: ({ counts = new Float64Array() }) => kappa(table(counts), weights),
  }),
}

/**
 * Cohen's kappa of chosen classes on arrays.
 *
 * @example
 * ```ts
 * cohenKappaOf([0, 1, 1], [0, 1, 0]) // 0.4
 * ```
 */
export function cohenKappaOf(
  target: ArrayLike<number>,
  chosen: ArrayLike<number>,
  { weights = 'none' }: { readonly weights?: KappaWeights | undefined } = {},
): number {
  return kappa(confusionMatrixOf(target, chosen), weights)
}

function kappa(counts: readonly (readonly number[])[], weights: KappaWeights): number {
  const rows = counts.map(sum)
  const columns = counts.map((_, column) => sum(counts.map((row) => row[column] ?? 0)))
  const samples = sum(rows)
  let [observed, expected] = [0, 0]
  for (const [i, row] of counts.entries()) {
    for (const [j, own] of row.entries()) {
      const weight =
        weights === 'none' ? Number(i !== j) : Math.abs(i - j) ** (weights === 'linear' ? 1 : 2)
      observed += weight * own
      expected += (weight * (rows[i] ?? 0) * (columns[j] ?? 0)) / samples
    }
  }
  return 1 - observed / expected
}
