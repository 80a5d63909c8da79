// Outputs and targets of one shape, as `[batch, outputs]`; errors averaged over samples and outputs.

import { AttuneError } from '../errors/index.ts'
import { here, Tensor } from '../tensor/index.ts'
import { requireEqual, sum } from './class-counts.ts'
import { only } from './define.ts'
import type { MetricRule, Totals } from './define.ts'

/** Outputs and targets, `[batch, outputs]`, and how many samples. */
export interface Pairs {
  readonly output: Tensor
  readonly target: Tensor
  /** A scalar. */
  readonly samples: Tensor
}

/**
 * Outputs and targets of one shape `[batch, ...]`, all but the first axis side by side.
 *
 * @throws `AttuneError` `SHAPE`.
 * @example
 * ```ts
 * const { output, target } = pairsOf('rmse', x, y)
 * ```
 */
export function pairsOf(metric: string, output: Tensor, target: Tensor): Pairs {
  const [batch = 0] = output.shape
  if (output.rank === 0 || output.shape.join() !== target.shape.join()) {
    const message =
      `${metric}: expected outputs and targets of one shape [batch, ...], got outputs ` +
      `[${output.shape.join(', ')}] and target [${target.shape.join(', ')}]: reshape one of them`
    throw new AttuneError('SHAPE', here(message))
  }
  const shape = [batch, batch === 0 ? 0 : output.size / batch]
  return {
    output: output.reshape(shape),
    target: target.cast('float32').reshape(shape),
    samples: Tensor.full([], batch),
  }
}

/**
 * The mean of an error over samples for each output, and what follows from those means.
 *
 * @param error of each element.
 * @param finish of the mean error of each output.
 * @example
 * ```ts
 * const rule = errorRule('rmse', (d) => d.square(), (means) => mean(means.map(Math.sqrt)))
 * ```
 */
export function errorRule(
  metric: string,
  error: (pairs: Pairs) => Tensor,
  finish: (means: Float64Array) => number,
): MetricRule<'errors' | 'samples'> {
  return {
    batch: (output, target) => {
      const pairs = pairsOf(metric, output, target)
      return { errors: error(pairs).sum({ axes: 0 }), samples: pairs.samples }
    },
    finish: (totals: Totals<'errors' | 'samples'>) => {
      const samples = only(totals, 'samples')
      return finish(totals.errors.map((total) => total / samples))
    },
  }
}

/** The option of regression metrics on arrays. */
export interface OutputsOption {
  /** Numbers a sample, one after another. Default: 1. */
  readonly outputs?: number | undefined
}

/**
 * The mean of an error over samples for each output, on arrays.
 *
 * @throws `AttuneError` `SHAPE`.
 * @example
 * ```ts
 * meanErrors([1, 2], [1, 4], 1, (y, x) => (y - x) ** 2) // [2]
 * ```
 */
export function meanErrors(
  target: ArrayLike<number>,
  output: ArrayLike<number>,
  outputs: number,
  error: (target: number, output: number) => number,
): Float64Array {
  requireEqual(target, output)
  const samples = target.length / outputs
  if (!Number.isInteger(samples)) {
    const message = `expected a multiple of ${outputs} numbers, got ${target.length}: check \`outputs\``
    throw new AttuneError('SHAPE', message)
  }
  const means = new Float64Array(outputs)
  for (let i = 0; i < target.length; i++) {
    const own = error(target[i] ?? Number.NaN, output[i] ?? Number.NaN)
    means[i % outputs] = (means[i % outputs] ?? 0) + own / samples
  }
  return means
}

/**
 * The mean of some numbers.
 *
 * @example
 * ```ts
 * mean([1, 3]) // 2
 * ```
 */
export function mean(values: ArrayLike<number>): number {
  return sum(Array.from(values)) / values.length
}
