// Cross-entropy: `-Σ p log softmax(x / T)` of scores `x` and target probabilities `p`, per sample.

import { z } from 'zod'

import { integer, list, number, options } from '../../config/index.ts'
import { AttuneError } from '../../errors/index.ts'
import { constants, here } from '../../tensor/index.ts'
import type { Tensor } from '../../tensor/index.ts'
import { describe } from '../define.ts'
import { classesOf, requireOnePerClass, scoresOf } from './define.ts'
import type { LossDefinition, Scores, Terms } from './define.ts'

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions {
  /**
   * The share of the target that is spread over all classes, at least 0 and below 1: `p` becomes
   * `(1 - s) p + s / classes`. Default: 0.
   */
  readonly labelSmoothing?: number | undefined
  /**
   * One number of at least 0 for each class, in the order of the scores: what its share of the target
   * is multiplied by. For class indices the mean is divided by the sum of the weights of the labels,
   * for probabilities by the number of samples, as in PyTorch. Default: 1 each.
   */
  readonly classWeights?: readonly number[] | undefined
  /**
   * The label of samples that do not count: they add nothing to the loss and to its divisor. Only
   * for class indices. Default: none, and a label that is no class is an error (PyTorch: -100).
   */
  readonly ignoreIndex?: number | undefined
  /** What the scores are divided by, above 0. Default: 1. */
  readonly temperature?: number | undefined
}

/** The config of the `crossEntropy` loss. */
export interface CrossEntropyConfig extends CrossEntropyOptions {
  readonly type: 'crossEntropy'
}

interface ResolvedCrossEntropy {
  readonly type: 'crossEntropy'
  readonly labelSmoothing: number
  readonly classWeights?: readonly number[] | undefined
  readonly ignoreIndex?: number | undefined
  readonly temperature: number
}

/**
 * The mean cross-entropy of scores `[batch, ..., classes]` (logits: no softmax before).
 *
 * The target is class indices `[batch, ...]` (`int32`, `uint8`) or probabilities
 * `[batch, ..., classes]` (`float32`). A batch in which nothing counts has a loss of 0 (PyTorch: NaN).
 *
 * @example
 * ```ts
 * crossEntropy({ labelSmoothing: 0.1, classWeights: [1, 1, 5] })
 * ```
 */
export function crossEntropy(options: CrossEntropyOptions = {}): CrossEntropyConfig {
  return describe('crossEntropy', options)
}

/** How `crossEntropy` is checked and computed. */
export const crossEntropyLoss: LossDefinition<CrossEntropyConfig, ResolvedCrossEntropy> = {
  type: 'crossEntropy',
  indexed: true,
  schema: options({
    type: z.literal('crossEntropy'),
    labelSmoothing: number({ from: 0, below: 1 }).default(0),
    classWeights: list('class weights', number({ from: 0 })).optional(),
    ignoreIndex: integer().optional(),
    temperature: number({ above: 0 }).default(1),
  }),
  apply: (config, output, target) => {
    const given = scoresOf('crossEntropy', output, target)
    const { classWeights, temperature } = config
    if (classWeights !== undefined) {
      requireOnePerClass(classWeights, given.classes, 'loss.classWeights')
    }
    const scores = temperature === 1 ? given.scores : given.scores.div(temperature)
    const tempered = { ...given, scores }
    const { values, weights } = given.soft ? ofShares(config, tempered) : ofLabels(config, tempered)
    const { shape } = given
    return { values: values.reshape(shape), ...(weights && { weights: weights.reshape(shape) }) }
  },
  classes: ({ ignoreIndex }, output, target) => {
    const given = scoresOf('crossEntropy', output, target)
    if (given.soft || ignoreIndex === undefined) return classesOf(given)
    return classesOf({ ...given, target: known(given.target, ignoreIndex).labels })
  },
  ignored: ({ ignoreIndex }) => ignoreIndex,
}

// Σ (1 - s) w_y l_y + s / classes Σ w_c l_c, divided by Σ w_y
function ofLabels(config: ResolvedCrossEntropy, { scores, target, classes }: Scores): Terms {
  const { labelSmoothing, classWeights, ignoreIndex } = config
  const kept = ignoreIndex === undefined ? undefined : known(target, ignoreIndex)
  const labels = kept?.labels ?? target
  const only = (values: Tensor): Tensor => kept?.counts.select(values, 0) ?? values
  if (classWeights === undefined) {
    const values = only(scores.crossEntropy(labels, labelSmoothing))
    return kept === undefined ? { values } : { values, weights: kept.counts }
  }
  const each = constants(classWeights)
  const weights = only(each.gather(labels))
  const own = scores
    .crossEntropy(labels)
    .mul(weights)
    .mul(1 - labelSmoothing)
  if (labelSmoothing === 0) return { values: only(own), weights }
  const all = scores.crossEntropy(each.broadcastTo(scores.shape)).mul(labelSmoothing / classes)
  return { values: only(own.add(all)), weights }
}

// Σ w_c p_c l_c, divided by the number of samples
function ofShares(config: ResolvedCrossEntropy, { scores, target, classes }: Scores): Terms {
  const { labelSmoothing, classWeights, ignoreIndex } = config
  if (ignoreIndex !== undefined) {
    const message =
      'crossEntropy: `ignoreIndex` is for class indices, and the target is probabilities: ' +
      'leave it out, or give int32 labels'
    throw new AttuneError('DTYPE', here(message))
  }
  if (classWeights === undefined) return { values: scores.crossEntropy(target, labelSmoothing) }
  const smooth = target.mul(1 - labelSmoothing).add(labelSmoothing / classes)
  return { values: scores.crossEntropy(smooth.mul(constants(classWeights))) }
}

/** 1 where a label counts, and the labels with class 0 in the place of those that do not. */
function known(target: Tensor, ignored: number): { counts: Tensor; labels: Tensor } {
  const counts = target.notEqual(ignored)
  return { counts, labels: counts.select(target.cast('float32'), 0).cast('int32') }
}
