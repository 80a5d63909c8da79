// Mean absolute percentage error: the mean of `|x - y| / |y|`, as a fraction.

import { z } from 'zod'

import { options } from '../config/index.ts'
import type { MetricDefinition } from './define.ts'
import { least } from './probabilities.ts'
import { errorRule, mean, meanErrors } from './regression.ts'
import type { OutputsOption } from './regression.ts'

/** The config of the `mape` metric. */
export interface MapeConfig {
  readonly type: 'mape'
}

/**
 * The mean absolute error relative to the target, a fraction and no percentage; a target of 0 counts as 2^-52, as
 * scikit-learn's `mean_absolute_percentage_error`. Outputs and targets have one shape.
 *
 * @example
 * ```ts
 * const metrics = [mape()]
 * ```
 */
export function mape(): MapeConfig {
  return { type: 'mape' }
}

/** How `mape` is checked and computed. */
export const mapeMetric: MetricDefinition<MapeConfig, MapeConfig> = {
  type: 'mape',
  schema: options({ type: z.literal('mape') }),
  make: () =>
    errorRule(
      'mape',
      ({ output, target }) => output.sub(target).abs().div(target.abs().maximum(least)),
      mean,
    ),
}

/**
 * The same on arrays.
 *
 * @example
 * ```ts
 * mapeOf([1, 2], [1, 4]) // 0.5
 * ```
 */
export function mapeOf(
  target: ArrayLike<number>,
  output: ArrayLike<number>,
  { outputs = 1 }: OutputsOption = {},
): number {
  const means = meanErrors(
    target,
    output,
    outputs,
    (y, x) => Math.abs(y - x) / Math.max(Math.abs(y), least),
  )
  return mean(means)
}
