// Expected calibration error: by how much confidence and accuracy differ. Guo 2017, arXiv:1706.04599.

import { z } from 'zod'

import { options, wholeNumber } from '../config/index.ts'
import { count } from '../tensor/index.ts'
import { sum } from './class-counts.ts'
import type { MetricDefinition, Totals } from './define.ts'
import { fromLogitsField, probabilitiesOf, probabilityRows } from './probabilities.ts'
import type { FromLogitsOption } from './probabilities.ts'

/** Options of `expectedCalibrationError`. */
export interface ExpectedCalibrationErrorOptions extends FromLogitsOption {
  /** Bins of equal width from 0 to 1, at least 1. Default: 15. */
  readonly bins?: number | undefined
}

/** The config of the `expectedCalibrationError` metric. */
export interface ExpectedCalibrationErrorConfig extends ExpectedCalibrationErrorOptions {
  readonly type: 'expectedCalibrationError'
}

interface ResolvedCalibration {
  readonly type: 'expectedCalibrationError'
  readonly bins: number
  readonly fromLogits: boolean
}

/**
 * `Σ n_b / n |accuracy_b - confidence_b|` over bins of the chosen class's probability, each without
 * its lower end. Outputs and targets are those of `accuracy`.
 *
 * @example
 * ```ts
 * const metrics = [expectedCalibrationError()]
 * ```
 */
export function expectedCalibrationError(
  options: ExpectedCalibrationErrorOptions = {},
): ExpectedCalibrationErrorConfig {
  return { type: 'expectedCalibrationError', ...options }
}

/** How `expectedCalibrationError` is checked and computed. */
export const expectedCalibrationErrorMetric: MetricDefinition<
  ExpectedCalibrationErrorConfig,
  ResolvedCalibration
> = {
  type: 'expectedCalibrationError',
  schema: options({
    type: z.literal('expectedCalibrationError'),
    bins: wholeNumber(1).default(15),
    fromLogits: fromLogitsField,
  }),
  make: ({ bins, fromLogits }) => ({
    batch: (output, target) => {
      const rows = probabilitiesOf('expectedCalibrationError', output, target, fromLogits)
      const { output: p, single, counts } = rows
      const chosen = single ? p.greater(0.5).cast('int32') : p.argMax()
      const confidence = single ? p.maximum(p.neg().add(1)) : p.max({ axes: 1 })
      const above = confidence.mul(-bins).floor().neg().sub(1) // ceil(c bins) - 1
      const bin = counts.select(above.maximum(0).minimum(bins - 1), -1).cast('int32')
      return {
        samples: count(bin, bins),
        hits: count(bin, bins, rows.target.equal(chosen)),
        confidence: count(bin, bins, confidence),
      }
    },
    finish: (totals) => calibrationError(totals),
  }),
}

/**
 * The expected calibration error on arrays.
 *
 * @param probabilities of class 1, one a target; or of all classes, row after row.
 * @example
 * ```ts
 * expectedCalibrationErrorOf([0, 1], [0.1, 0.8]) // 0.15
 * ```
 */
export function expectedCalibrationErrorOf(
  target: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  { bins = 15 }: { readonly bins?: number | undefined } = {},
): number {
  const zeros = (): Float64Array => new Float64Array(bins)
  const found = { samples: zeros(), hits: zeros(), confidence: zeros() }
  for (const [i, row] of probabilityRows(target, probabilities).entries()) {
    const confidence = Math.max(...row)
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))
    found.samples[bin] = (found.samples[bin] ?? 0) + 1
    found.confidence[bin] = (found.confidence[bin] ?? 0) + confidence
    found.hits[bin] = (found.hits[bin] ?? 0) + Number(row.indexOf(confidence) === target[i])
  }
  return calibrationError(found)
}

type Bins = Totals<'samples' | 'hits' | 'confidence'>

function calibrationError({ samples, hits, confidence }: Bins): number {
  const gaps = hits.map((own, bin) => Math.abs(own - (confidence[bin] ?? 0)))
  return sum(gaps) / sum(samples)
}
