// Focal loss: `-α (1 - p)^γ log p` of the probability `p` of what is true. Lin 2017, arXiv:1708.02002.

import { z } from 'zod'

import { list, number, oneOf, options } from '../../config/index.ts'
import { AttuneError } from '../../errors/index.ts'
import { constants } from '../../tensor/index.ts'
import type { Tensor } from '../../tensor/index.ts'
import { describe } from '../define.ts'
import { alike, classesOf, requireOnePerClass, scoresOf, twoClasses } from './define.ts'
import type { LossDefinition } from './define.ts'

/** Options of `focal`. */
export interface FocalOptions {
  /** How much less well-classified samples count, at least 0. Default: 2. */
  readonly gamma?: number | undefined
  /**
   * The balance of classes: of a target of zeros and ones the weight of ones, from 0 to 1, where zeros
   * weigh `1 - alpha`; for class indices one number of at least 0 for each class. Default: 0.25 for
   * zeros and ones, 1 for class indices.
   */
  readonly alpha?: number | readonly number[] | undefined
}

/** The config of the `focal` loss. */
export interface FocalConfig extends FocalOptions {
  readonly type: 'focal'
}

interface ResolvedFocal {
  readonly type: 'focal'
  readonly gamma: number
  readonly alpha?: number | readonly number[] | undefined
}

/**
 * The mean focal loss of scores (no sigmoid or softmax before).
 *
 * Output and target of one shape: torchvision's `sigmoid_focal_loss`, with its defaults and
 * `reduction='mean'`, on targets from 0 to 1. Scores `[batch, ..., classes]` and class indices
 * `[batch, ...]` (`int32`, `uint8`): the form of several classes, with the probability by softmax;
 * the mean is over samples, whatever `alpha`.
 *
 * @example
 * ```ts
 * focal({ gamma: 2, alpha: 0.25 })
 * ```
 */
export function focal(options: FocalOptions = {}): FocalConfig {
  return describe('focal', options)
}

/** How `focal` is checked and computed. */
export const focalLoss: LossDefinition<FocalConfig, ResolvedFocal> = {
  type: 'focal',
  binary: true,
  indexed: true,
  schema: options({
    type: z.literal('focal'),
    gamma: number({ from: 0 }).default(2),
    alpha: oneOf('a number from 0 to 1, or an array of numbers of at least 0', [
      number({ from: 0, to: 1 }),
      list('numbers', number({ from: 0 })),
    ]).optional(),
  }),
  apply: ({ gamma, alpha }, output, target) =>
    isElementwise(output, target)
      ? { values: ofTwo(gamma, alpha ?? 0.25, output, alike('focal', output, target)) }
      : { values: ofSeveral(gamma, alpha, output, target) },
  classes: (_, output, target) =>
    isElementwise(output, target)
      ? twoClasses(target)
      : classesOf(scoresOf('focal', output, target)),
}

function isElementwise(output: Tensor, target: Tensor): boolean {
  return target.dtype === 'float32' || output.shape.join() === target.shape.join()
}

function ofTwo(gamma: number, alpha: number | readonly number[], x: Tensor, y: Tensor): Tensor {
  if (typeof alpha !== 'number') {
    const message =
      'loss.alpha: expected one number from 0 to 1 for a target of zeros and ones, got an array: ' +
      'give class indices, or the weight of ones'
    throw new AttuneError('CONFIG', message)
  }
  const others = y.neg().add(1)
  const entropy = others.mul(x).add(x.neg().softplus())
  const missed = y.mul(x.neg().sigmoid()).add(others.mul(x.sigmoid()))
  const balance = y.mul(2 * alpha - 1).add(1 - alpha)
  return entropy.mul(power(missed, gamma)).mul(balance)
}

function ofSeveral(
  gamma: number,
  alpha: number | readonly number[] | undefined,
  output: Tensor,
  target: Tensor,
): Tensor {
  const { scores, target: labels, classes, shape } = scoresOf('focal', output, target)
  const entropy = scores.crossEntropy(labels)
  const values = entropy.mul(power(entropy.neg().exp().neg().add(1), gamma))
  if (alpha === undefined) return values.reshape(shape)
  if (typeof alpha === 'number') return values.mul(alpha).reshape(shape)
  requireOnePerClass(alpha, classes, 'loss.alpha')
  return values.mul(constants(alpha).gather(labels)).reshape(shape)
}

/** `missed ** gamma`, whose gradient stays finite where nothing is missed. */
function power(missed: Tensor, gamma: number): Tensor {
  return missed.maximum(2 ** -100).pow(gamma)
}
