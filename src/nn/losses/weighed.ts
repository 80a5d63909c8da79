// The weighted mean of a loss: `Σ s_i c_i v_i / Σ s_i c_i w_i` over its terms.

import { AttuneError } from '../../errors/index.ts'
import { constants, elements, Tensor } from '../../tensor/index.ts'
import { requireOnePerClass } from './define.ts'
import type { Classes, Terms } from './define.ts'

/** What a run multiplies the terms of its loss by. */
export interface Weights {
  /** The weight `s` of each sample, `[batch]`. */
  readonly samples?: Tensor | undefined
  /** The weight `c` of each class, in the order of the scores. */
  readonly classes?: readonly number[] | undefined
}

/** A mean, and what it was divided by. */
export interface Weighed {
  /** A scalar; 0 where nothing counts. */
  readonly mean: Tensor
  /** A number where the shapes tell it, else a scalar of the graph. */
  readonly weight: Tensor | number
}

/**
 * The weighted mean of some terms.
 *
 * @param classesOf the classes of the target, asked for where classes have weights.
 * @throws `AttuneError` `CONFIG` where the loss has no classes, or others than are weighted.
 * @example
 * ```ts
 * const { mean, weight } = weighed({ values }, { samples }, () => undefined)
 * ```
 */
export function weighed(
  terms: Terms,
  weights: Weights,
  classesOf: () => Classes | undefined,
): Weighed {
  const factors = factorsOf(terms.values, weights, classesOf)
  if (factors.length === 0 && terms.weights === undefined) {
    return { mean: terms.values.mean(), weight: terms.values.size }
  }
  const times = (values: Tensor): Tensor =>
    factors.reduce((product, factor) => product.mul(factor), values)
  const weight = times(terms.weights ?? Tensor.ones(terms.values.shape)).sum()
  const divisor = weight.equal(0).select(1, weight)
  return { mean: times(terms.values).sum().div(divisor), weight }
}

function factorsOf(
  values: Tensor,
  { samples, classes }: Weights,
  classesOf: () => Classes | undefined,
): Tensor[] {
  const [batch = 0, ...one] = values.shape
  const factors: Tensor[] = []
  if (samples !== undefined) {
    factors.push(samples.reshape([batch, ...one.map(() => 1)]))
  }
  if (classes !== undefined) {
    const found = classesOf()
    if (found === undefined) {
      const message =
        'classWeight: the loss has no classes to weigh: leave it out, or weigh samples'
      throw new AttuneError('CONFIG', message)
    }
    requireOnePerClass(classes, found.count, 'classWeight')
    const of = constants(classes).gather(found.index.reshape([elements(values.shape)]))
    factors.push(of.reshape(values.shape))
  }
  return factors
}
