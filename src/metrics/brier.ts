// Brier score: the mean squared distance of probabilities from what came true. Brier 1950.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { oneHot } from '../tensor/index.ts'
import { only } from './define.ts'
import type { MetricDefinition } from './define.ts'
import { fromLogitsField, probabilitiesOf, probabilityRows, scoreRows } from './probabilities.ts'
import type { FromLogitsOption } from './probabilities.ts'

/** The config of the `brier` metric. */
export interface BrierConfig extends FromLogitsOption {
  readonly type: 'brier'
}

interface ResolvedBrier {
  readonly type: 'brier'
  readonly fromLogits: boolean
}

/**
 * The mean of `Σ (p_c - y_c)²` over the classes; of two classes half of it, `(p - y)²`: as
 * scikit-learn's `brier_score_loss` with `scale_by_half='auto'`. Outputs and targets are those of
 * `accuracy`.
 *
 * @example
 * ```ts
 * const metrics = [brier()]
 * ```
 */
export function brier(options: FromLogitsOption = {}): BrierConfig {
  return { type: 'brier', ...options }
}

/** How `brier` is checked and computed. */
export const brierMetric: MetricDefinition<BrierConfig, ResolvedBrier> = {
  type: 'brier',
  schema: options({ type: z.literal('brier'), fromLogits: fromLogitsField }),
  make: ({ fromLogits }) => ({
    batch: (output, target) => {
      const rows = probabilitiesOf('brier', output, target, fromLogits)
      const { output: p, single, classes, counts } = rows
      const known = counts.select(rows.target.cast('float32'), 0)
      const y = single ? known : oneHot(known.cast('int32'), classes)
      const squares = single ? p.sub(y).square() : p.sub(y).square().sum({ axes: 1 })
      const scaled = !single && classes === 2 ? squares.mul(0.5) : squares
      return { squares: counts.mul(scaled).sum(), samples: counts.sum() }
    },
    finish: (totals) => only(totals, 'squares') / only(totals, 'samples'),
  }),
}

/**
 * The Brier score on arrays.
 *
 * @param probabilities of class 1, one a target; or of all classes, row after row.
 * @example
 * ```ts
 * brierOf([0, 1], [0.1, 0.8]) // (0.1² + 0.2²) / 2
 * ```
 */
export function brierOf(target: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  const rows = probabilityRows(target, probabilities)
  const scale = (scoreRows(target, probabilities)[0]?.length ?? 1) <= 2 ? 0.5 : 1
  const squares = rows.map((row, i) =>
    row.reduce((total, p, c) => total + (p - Number(c === target[i])) ** 2, 0),
  )
  return (scale * squares.reduce((total, one) => total + one, 0)) / rows.length
}
