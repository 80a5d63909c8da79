// R²: the share of the target's variance that is explained, `1 - Σ (y - x)² / Σ (y - mean y)²`.

import { z } from 'zod'

import { options } from '../config/index.ts'
import type { MetricDefinition, Totals } from './define.ts'
import { mean, meanErrors, pairsOf } from './regression.ts'
import type { OutputsOption } from './regression.ts'

/** The config of the `r2` metric. */
export interface R2Config {
  readonly type: 'r2'
}

/**
 * The coefficient of determination of each output, averaged over the outputs, as scikit-learn's
 * `r2_score`: 1 is best, 0 is what the mean of the targets reaches. For targets that are all equal it
 * is 1 where they are met and 0 where not; for fewer than two samples it is NaN. Outputs and targets
 * have one shape.
 *
 * The variance is put together from means and deviations of batches, so a large mean costs no digits.
 * Chan 1983.
 *
 * @example
 * ```ts
 * const metrics = [r2()]
 * ```
 */
export function r2(): R2Config {
  return { type: 'r2' }
}

type Parts = Totals<'samples' | 'means' | 'shifts' | 'deviations' | 'errors'>

/** How `r2` is checked and computed. */
export const r2Metric: MetricDefinition<R2Config, R2Config> = {
  type: 'r2',
  schema: options({ type: z.literal('r2') }),
  make: () => ({
    gathers: 'batches',
    batch: (x, y) => {
      const { output, target, samples } = pairsOf('r2', x, y)
      const means = target.mean({ axes: 0 })
      const apart = target.sub(means)
      return {
        samples,
        means,
        shifts: apart.mean({ axes: 0 }), // what float32 lost of a large mean
        deviations: apart.square().sum({ axes: 0 }),
        errors: target.sub(output).square().sum({ axes: 0 }),
      }
    },
    finish: (totals) => explained(totals),
  }),
}

/**
 * R² on arrays.
 *
 * @example
 * ```ts
 * r2Of([1, 2, 3], [1, 2, 4]) // 0.5
 * ```
 */
export function r2Of(
  target: ArrayLike<number>,
  output: ArrayLike<number>,
  { outputs = 1 }: OutputsOption = {},
): number {
  const samples = target.length / outputs
  const means = meanErrors(target, output, outputs, (y) => y)
  let at = 0
  const deviations = meanErrors(
    target,
    output,
    outputs,
    (y) => (y - (means[at++ % outputs] ?? 0)) ** 2,
  )
  const errors = meanErrors(target, output, outputs, (y, x) => (y - x) ** 2)
  return samples < 2 ? Number.NaN : mean(errors.map((own, i) => score(own, deviations[i] ?? 0)))
}

function explained({ samples, means, shifts, deviations, errors }: Parts): number {
  const all = samples.reduce((total, one) => total + one, 0)
  const width = means.length / samples.length
  if (all < 2) return Number.NaN
  const scores = Array.from({ length: width }, (_, i) => {
    let [count, centre, spread, error] = [0, 0, 0, 0]
    samples.forEach((own, batch) => {
      const at = batch * width + i
      const shift = shifts[at] ?? 0
      const apart = (means[at] ?? 0) + shift - centre
      count += own
      centre += (apart * own) / count
      spread +=
        (deviations[at] ?? 0) - own * shift ** 2 + (apart ** 2 * own * (count - own)) / count
      error += errors[at] ?? 0
    })
    return score(error, spread)
  })
  return mean(scores)
}

function score(error: number, spread: number): number {
  if (spread === 0) return error === 0 ? 1 : 0
  return 1 - error / spread
}
