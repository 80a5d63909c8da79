// Mean squared error: the mean of `(x - y)²`.

import { z } from 'zod'

import { options } from '../config/index.ts'
import type { MetricDefinition } from './define.ts'
import { errorRule, mean, meanErrors } from './regression.ts'
import type { OutputsOption } from './regression.ts'

/** The config of the `meanSquaredError` metric. */
export interface MeanSquaredErrorMetricConfig {
  readonly type: 'meanSquaredError'
}

/**
 * The mean squared error over samples and outputs, as
 * scikit-learn's `mean_squared_error`. Outputs and targets have one shape.
 *
 * @example
 * ```ts
 * const metrics = [meanSquaredError()]
 * ```
 */
export function meanSquaredError(): MeanSquaredErrorMetricConfig {
  return { type: 'meanSquaredError' }
}

/** How `meanSquaredError` is checked and computed. */
export const meanSquaredErrorMetric: MetricDefinition<
  MeanSquaredErrorMetricConfig,
  MeanSquaredErrorMetricConfig
> = {
  type: 'meanSquaredError',
  schema: options({ type: z.literal('meanSquaredError') }),
  make: () =>
    errorRule('meanSquaredError', ({ output, target }) => output.sub(target).square(), mean),
}

/**
 * The same on arrays.
 *
 * @example
 * ```ts
 * meanSquaredErrorOf([1, 2], [1, 4]) // 2
 * ```
 */
export function meanSquaredErrorOf(
  target: ArrayLike<number>,
  output: ArrayLike<number>,
  { outputs = 1 }: OutputsOption = {},
): number {
  const means = meanErrors(target, output, outputs, (y, x) => (y - x) ** 2)
  return mean(means)
}
