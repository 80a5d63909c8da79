// The labels of a data set: their check, and the weights that balance their classes.

import { AttuneError } from '../errors/index.ts'
import type { NativeDataSet } from '../native.ts'
import { elements } from '../tensor/index.ts'

/**
 * Refuses a label that is no class.
 *
 * @param shape the shape of one target.
 * @param except a label that is let through.
 * @throws `AttuneError` `DATA`.
 * @example
 * ```ts
 * checkLabels(train, [], { below: 10, except: -100 })
 * ```
 */
export function checkLabels(
  samples: NativeDataSet,
  shape: readonly number[],
  { below, except }: { readonly below: number; readonly except: number | undefined },
): void {
  if (shape.length === 0 && except === undefined) return samples.checkLabels('y', below)
  const labels = samples.column('y')
  const wrong = labels.findIndex((label) => (label < 0 || label >= below) && label !== except)
  if (wrong < 0) return
  const ignored = except === undefined ? '' : ` or ${except}`
  const sample = Math.floor(wrong / elements(shape))
  const message =
    `y: expected class indices from 0 to ${below - 1}${ignored}, got ${labels[wrong]} in sample ` +
    `${sample}: give the last layer more units, or correct the label`
  throw new AttuneError('DATA', message)
}

/**
 * `n / (k n_c)` for each class `c` of `n` labels in `k` classes that occur, as scikit-learn's
 * `balanced`; 1 for a class that does not. King and Zeng 2001.
 *
 * @param shape the shape of one target.
 * @example
 * ```ts
 * balancedWeights(train, 2, []) // [0.625, 2.5] for four times as many zeros as ones
 * ```
 */
export function balancedWeights(
  samples: NativeDataSet,
  classes: number,
  shape: readonly number[],
): number[] {
  const counts = Array.from({ length: classes }, () => 0)
  for (const label of labelsOf(samples, classes, shape)) {
    if (label >= 0 && label < classes) counts[label] = (counts[label] ?? 0) + 1
  }
  const all = counts.reduce((sum, count) => sum + count, 0)
  const occurring = counts.filter((count) => count > 0).length
  return counts.map((count) => (count === 0 ? 1 : all / (occurring * count)))
}

/** Labels as they are; of probabilities the likeliest class, of zeros and ones those. */
function* labelsOf(
  samples: NativeDataSet,
  classes: number,
  shape: readonly number[],
): Generator<number> {
  const y = samples.column('y')
  if (!(y instanceof Float32Array)) return yield* y
  if (classes === 2 && shape.at(-1) !== 2) return yield* y.map((value) => (value > 0.5 ? 1 : 0))
  for (let i = 0; i < y.length; i += classes) {
    const row = y.subarray(i, i + classes)
    yield row.indexOf(Math.max(...row))
  }
}
