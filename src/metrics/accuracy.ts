// Accuracy: the share of samples whose chosen class is the true one.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { classCounts, sum } from './class-counts.ts'
import { choicesOf, thresholdField } from './classes.ts'
import type { ThresholdOption } from './classes.ts'
import { only } from './define.ts'
import type { MetricDefinition } from './define.ts'

/** The config of the `accuracy` metric. */
export interface AccuracyConfig extends ThresholdOption {
  readonly type: 'accuracy'
}

/**
 * The share of right choices, from 0 to 1, of outputs `[batch, ..., classes]`; or of one output for
 * each target of zeros and ones.
 *
 * The target is class indices `[batch, ...]` (`int32`, `uint8`) or probabilities
 * `[batch, ..., classes]` (`float32`), whose largest is the class. Labels that are no class are left
 * out.
 *
 * @example
 * ```ts
 * const metrics = [accuracy()]
 * ```
 */
export function accuracy(options: ThresholdOption = {}): AccuracyConfig {
  return { type: 'accuracy', ...options }
}

/** How `accuracy` is checked and computed. */
export const accuracyMetric: MetricDefinition<AccuracyConfig, AccuracyConfig> = {
  type: 'accuracy',
  schema: options({ type: z.literal('accuracy'), threshold: thresholdField }),
  make: ({ threshold }) => ({
    batch: (output, target) => {
      const { target: labels, chosen, counts } = choicesOf('accuracy', output, target, threshold)
      return { hits: labels.equal(chosen).sum(), samples: counts.sum() }
    },
    finish: (totals) => only(totals, 'hits') / only(totals, 'samples'),
  }),
}

/**
 * The accuracy of chosen classes on arrays.
 *
 * @example
 * ```ts
 * accuracyOf([0, 1, 1], [0, 1, 0]) // 2 / 3
 * ```
 */
export function accuracyOf(target: ArrayLike<number>, chosen: ArrayLike<number>): number {
  const { hits, support } = classCounts(target, chosen)
  return sum(hits) / sum(support)
}
