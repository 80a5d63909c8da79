// Mean absolute error: the mean of `|x - y|`.

import { z } from 'zod'

import { options } from '../config/index.ts'
import type { MetricDefinition } from './define.ts'
import { errorRule, mean, meanErrors } from './regression.ts'
import type { OutputsOption } from './regression.ts'

/** The config of the `meanAbsoluteError` metric. */
export interface MeanAbsoluteErrorMetricConfig {
  readonly type: 'meanAbsoluteError'
}

/**
 * The mean absolute error over samples and outputs, as
 * scikit-learn's `mean_absolute_error`. Outputs and targets have one shape.
 *
 * @example
 * ```ts
 * const metrics = [meanAbsoluteError()]
 * ```
 */
export function meanAbsoluteError(): MeanAbsoluteErrorMetricConfig {
  return { type: 'meanAbsoluteError' }
}

/** How `meanAbsoluteError` is checked and computed. */
export const meanAbsoluteErrorMetric: MetricDefinition<
  MeanAbsoluteErrorMetricConfig,
  MeanAbsoluteErrorMetricConfig
> = {
  type: 'meanAbsoluteError',
  schema: options({ type: z.literal('meanAbsoluteError') }),
  make: () =>
    errorRule('meanAbsoluteError', ({ output, target }) => output.sub(target).abs(), mean),
}

/**
 * The same on arrays.
 *
 * @example
 * ```ts
 * meanAbsoluteErrorOf([1, 2], [1, 4]) // 1
 * ```
 */
export function meanAbsoluteErrorOf(
  target: ArrayLike<number>,
  output: ArrayLike<number>,
  { outputs = 1 }: OutputsOption = {},
): number {
  const means = meanErrors(target, output, outputs, (y, x) => Math.abs(y - x))
  return mean(means)
}
