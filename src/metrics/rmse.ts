// Root mean squared error: `√ mean (x - y)²`, in units of the target.

import { z } from 'zod'

import { options } from '../config/index.ts'
import type { MetricDefinition } from './define.ts'
import { errorRule, mean, meanErrors } from './regression.ts'
import type { OutputsOption } from './regression.ts'

/** The config of the `rmse` metric. */
export interface RmseConfig {
  readonly type: 'rmse'
}

/**
 * The root of the mean squared error of each output, averaged over the outputs, as
 * scikit-learn's `root_mean_squared_error`. Outputs and targets have one shape.
 *
 * @example
 * ```ts
 * const metrics = [rmse()]
 * ```
 */
export function rmse(): RmseConfig {
  return { type: 'rmse' }
}

/** How `rmse` is checked and computed. */
export const rmseMetric: MetricDefinition<RmseConfig, RmseConfig> = {
  type: 'rmse',
  schema: options({ type: z.literal('rmse') }),
  make: () => errorRule('rmse', ({ output, target }) => output.sub(target).square(), rootOf),
}

/**
 * The same on arrays.
 *
 * @example
 * ```ts
 * rmseOf([1, 2], [1, 4]) // √2
 * ```
 */
export function rmseOf(
  target: ArrayLike<number>,
  output: ArrayLike<number>,
  { outputs = 1 }: OutputsOption = {},
): number {
  const means = meanErrors(target, output, outputs, (y, x) => (y - x) ** 2)
  return rootOf(means)
}

function rootOf(means: Float64Array): number {
  return mean(means.map(Math.sqrt))
}
