// Log loss: the mean of `-log p` of the probability of the true class, and its exponential.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { oneHot } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { counting, rowsOf } from './classes.ts'
import { only } from './define.ts'
import type { MetricDefinition, MetricRule } from './define.ts'
import { fromLogitsField, least, probabilitiesOf, probabilityRows } from './probabilities.ts'
import type { FromLogitsOption } from './probabilities.ts'

/** The config of the `logLoss` metric. */
export interface LogLossConfig extends FromLogitsOption {
  readonly type: 'logLoss'
}

interface ResolvedLogLoss {
  readonly type: 'logLoss'
  readonly fromLogits: boolean
}

/**
 * The mean of `-log p` of the true class, in nats, as scikit-learn's `log_loss`: the cross-entropy
 * without smoothing and weights. Outputs and targets are those of `accuracy`; labels that are no class
 * are left out.
 *
 * @example
 * ```ts
 * const metrics = [logLoss()]
 * ```
 */
export function logLoss(options: FromLogitsOption = {}): LogLossConfig {
  return { type: 'logLoss', ...options }
}

/** How `logLoss` is checked and computed. */
export const logLossMetric: MetricDefinition<LogLossConfig, ResolvedLogLoss> = {
  type: 'logLoss',
  schema: options({ type: z.literal('logLoss'), fromLogits: fromLogitsField }),
  make: ({ fromLogits }) => entropyRule('logLoss', fromLogits, (mean) => mean),
}

/**
 * The log loss on arrays.
 *
 * @param probabilities of class 1, one a target; or of all classes, row after row.
 * @example
 * ```ts
 * logLossOf([0, 1], [0.1, 0.9]) // -log 0.9
 * ```
 */
export function logLossOf(target: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  const rows = probabilityRows(target, probabilities)
  const losses = rows.map((row, i) => -Math.log(Math.max(row[target[i] ?? -1] ?? 0, least)))
  return losses.reduce((total, one) => total + one, 0) / rows.length
}

/**
 * What follows from the mean log loss.
 *
 * @example
 * ```ts
 * const rule = entropyRule('perplexity', true, Math.exp)
 * ```
 */
export function entropyRule(
  metric: string,
  fromLogits: boolean,
  finish: (mean: number) => number,
): MetricRule<'loss' | 'samples'> {
  return {
    batch: (output, target) => {
      const rows = rowsOf(metric, output, target)
      const counts = counting(rows)
      const losses = fromLogits
        ? ofScores(output, target, metric)
        : ofShares(output, target, metric)
      return { loss: counts.select(losses, 0).sum(), samples: counts.sum() }
    },
    finish: (totals) => finish(only(totals, 'loss') / only(totals, 'samples')),
  }
}

function ofScores(output: Tensor, given: Tensor, metric: string): Tensor {
  const { single, output: x, target } = rowsOf(metric, output, given)
  if (!single) return x.crossEntropy(target)
  const y = target.cast('float32')
  return y.neg().add(1).mul(x).add(x.neg().softplus())
}

function ofShares(output: Tensor, given: Tensor, metric: string): Tensor {
  const {
    single,
    output: p,
    target,
    counts,
    classes,
  } = probabilitiesOf(metric, output, given, false)
  if (single) {
    const own = target.select(p, p.neg().add(1))
    return own.maximum(least).log().neg()
  }
  const known = counts.select(target.cast('float32'), 0).cast('int32')
  return p.maximum(least).log().neg().mul(oneHot(known, classes)).sum({ axes: 1 })
}
