// What a loss consists of: the terms of its mean, and the checks of output and target.

import type { z } from 'zod'

import { AttuneError } from '../../errors/index.ts'
import { here } from '../../tensor/index.ts'
import type { Tensor } from '../../tensor/index.ts'
import type { TypedConfig } from '../define.ts'

/** The terms of a mean: `loss = Σ values / Σ weights`. */
export interface Terms {
  /** What each term adds, `[batch, ...]`. */
  readonly values: Tensor
  /** What each term counts in the divisor, of the shape of `values`. Default: 1 each. */
  readonly weights?: Tensor
}

/** The classes of a target. */
export interface Classes {
  readonly count: number
  /** The class of each term, `int32`, of the shape of `values`. */
  readonly index: Tensor
}

/** One loss. `Resolved` is its config with the defaults filled in. */
export interface LossDefinition<Config extends TypedConfig = TypedConfig, Resolved = unknown> {
  readonly type: Config['type']
  readonly schema: z.ZodType<Resolved, Config>
  apply(config: Resolved, output: Tensor, target: Tensor): Terms
  /** For losses of classes: those of the target, which `classWeight` weighs. */
  classes?(config: Resolved, output: Tensor, target: Tensor): Classes
  /** Whether integer targets name a place of the last axis of the output. */
  readonly indexed?: true
  /** Whether integer targets of the output's shape are zeros and ones. */
  readonly binary?: true
  /** A label that stands for no class and is left out. */
  ignored?(config: Resolved): number | undefined
}

/**
 * The target as numbers of the output's shape.
 *
 * @throws `AttuneError` `SHAPE` where the shapes differ.
 * @example
 * ```ts
 * const difference = output.sub(alike('meanSquaredError', output, target))
 * ```
 */
export function alike(loss: string, output: Tensor, target: Tensor): Tensor {
  if (output.shape.join() === target.shape.join()) return target.cast('float32')
  const message =
    `${loss}: expected an output and a target of one shape, got output [${output.shape.join(', ')}] ` +
    `and target [${target.shape.join(', ')}]: reshape one of them, or change the last layer's units`
  throw new AttuneError('SHAPE', here(message))
}

/** Scores of classes with their targets. */
export interface Scores {
  readonly classes: number
  /** `[rows, classes]` */
  readonly scores: Tensor
  /** Class indices `[rows]`, or probabilities `[rows, classes]`. */
  readonly target: Tensor
  readonly soft: boolean
  /** The shape of one term a row: `[batch, ...]`. */
  readonly shape: readonly number[]
}

/**
 * Scores `[batch, ..., classes]` row by row, with class indices `[batch, ...]` (`int32`, `uint8`) or
 * probabilities `[batch, ..., classes]` (`float32`).
 *
 * @throws `AttuneError` `DTYPE` for `float32` class indices, `SHAPE` for shapes that do not fit.
 * @example
 * ```ts
 * const { scores, target } = scoresOf('crossEntropy', output, labels)
 * ```
 */
export function scoresOf(loss: string, output: Tensor, target: Tensor): Scores {
  const shape = output.shape.slice(0, -1)
  const classes = output.shape.at(-1)
  const soft = target.dtype === 'float32'
  const wanted = soft ? output.shape : shape
  if (classes !== undefined && output.rank > 1 && target.shape.join() === wanted.join()) {
    const rows = shape.reduce((product, size) => product * size, 1)
    const scores = output.reshape([rows, classes])
    return {
      classes,
      scores,
      target: target.reshape(soft ? [rows, classes] : [rows]),
      soft,
      shape,
    }
  }
  const came = `scores [${output.shape.join(', ')}], target ${target.dtype} [${target.shape.join(', ')}]`
  if (soft && target.shape.join() === shape.join()) {
    const message =
      `${loss}: expected class indices as int32 or uint8, got float32 (${came}): ` +
      'give the target as whole numbers'
    throw new AttuneError('DTYPE', here(message))
  }
  const message =
    `${loss}: expected scores [batch, ..., classes] and class indices [batch, ...] or ` +
    `float32 probabilities of the scores' shape, got ${came}: give the last layer as many units as ` +
    'there are classes'
  throw new AttuneError('SHAPE', here(message))
}

/**
 * The class of each row: its index, or where the largest probability is.
 *
 * @example
 * ```ts
 * const { count, index } = classesOf(scoresOf('focal', output, target))
 * ```
 */
export function classesOf({ classes, target, soft, shape }: Scores): Classes {
  const index = soft ? target.argMax() : target.cast('int32')
  return { count: classes, index: index.reshape(shape) }
}

/**
 * The two classes of a target of zeros and ones.
 *
 * @example
 * ```ts
 * const { count } = twoClasses(target) // 2
 * ```
 */
export function twoClasses(target: Tensor): Classes {
  return { count: 2, index: target.cast('float32').greater(0.5).cast('int32') }
}

/**
 * Refuses numbers for classes that are more or fewer than the classes.
 *
 * @param where the config path of the numbers.
 * @throws `AttuneError` `CONFIG`.
 * @example
 * ```ts
 * requireOnePerClass([1, 2], 3, 'loss.classWeights')
 * ```
 */
export function requireOnePerClass(
  values: readonly number[],
  classes: number,
  where: string,
): void {
  if (values.length === classes) return
  const message =
    `${where}: expected ${classes} numbers, one for each class in the order of the scores, ` +
    `got ${values.length}`
  throw new AttuneError('CONFIG', message)
}
