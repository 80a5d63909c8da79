// Classes of outputs and targets: the class that a model chooses beside the one that is true.

import type { z } from 'zod'

import { number } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { count, here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'

/** The option of metrics of classes. */
export interface ThresholdOption {
  /**
   * For models of two classes with one output a sample: the output above which it is class 1. Default:
   * 0, the score of even chances; 0.5 for models that end with a sigmoid.
   */
  readonly threshold?: number | undefined
}

/** The schema of `threshold`. */
export const thresholdField: z.ZodOptional<z.ZodNumber> = number().optional()

/** Rows of a batch; a row whose label is no class does not count. */
export interface Rows {
  readonly classes: number
  /** The true classes `[rows]`, `int32`. */
  readonly target: Tensor
  /** Outputs `[rows, classes]`, or `[rows]` for one output a row. */
  readonly output: Tensor
  /** Whether there is one output a row. */
  readonly single: boolean
}

/**
 * The rows of outputs `[batch, ..., classes]` with class indices `[batch, ...]` (`int32`, `uint8`) or
 * probabilities of the outputs' shape (`float32`), whose largest is the class; or of one output for
 * each target `[batch]`, `[batch, 1]` with zeros and ones.
 *
 * @throws `AttuneError` `SHAPE`.
 * @example
 * ```ts
 * const { classes, target, output } = rowsOf('accuracy', scores, labels)
 * ```
 */
export function rowsOf(metric: string, output: Tensor, target: Tensor): Rows {
  const width = output.shape.at(-1) ?? 0
  const shape = output.shape.slice(0, -1)
  const isSingle = output.rank === 1 || width === 1
  if (isSingle && (is(target, output.shape) || (output.rank > 1 && is(target, shape)))) {
    const rows = [output.size]
    const ones = target.dtype === 'float32' ? target.greater(0.5) : target
    const labels = ones.cast('int32').reshape(rows)
    return { classes: 2, target: labels, output: output.reshape(rows), single: true }
  }
  const soft = target.dtype === 'float32'
  if (output.rank > 1 && is(target, soft ? output.shape : shape)) {
    const labels = soft ? target.argMax() : target.cast('int32')
    const rows = output.size / width
    const flat = output.reshape([rows, width])
    return { classes: width, target: labels.reshape([rows]), output: flat, single: false }
  }
  const message =
    `${metric}: expected outputs [batch, ..., classes] and class indices [batch, ...] or float32 ` +
    "probabilities of the outputs' shape, or one output for each target of zeros and ones, got " +
    `outputs [${output.shape.join(', ')}] and target ${target.dtype} [${target.shape.join(', ')}]`
  throw new AttuneError('SHAPE', here(message))
}

/** The chosen classes beside the true ones. */
export interface Choices {
  readonly classes: number
  /** `[rows]`, `int32` */
  readonly target: Tensor
  /** `[rows]`, `int32` */
  readonly chosen: Tensor
  /** 1 where the row counts, `[rows]`. */
  readonly counts: Tensor
}

/**
 * What a model chooses for each row: the class of the largest output.
 *
 * @throws `AttuneError` `SHAPE`; `CONFIG` for a threshold of several outputs.
 * @example
 * ```ts
 * const { chosen } = choicesOf('accuracy', scores, labels, undefined)
 * ```
 */
export function choicesOf(
  metric: string,
  output: Tensor,
  target: Tensor,
  threshold: number | undefined,
): Choices {
  const rows = rowsOf(metric, output, target)
  if (!rows.single && threshold !== undefined) {
    const message = `${metric}: \`threshold\` is for one output a sample, and there are ${rows.classes}`
    throw new AttuneError('CONFIG', here(`${message}: leave it out`))
  }
  const chosen = rows.single
    ? rows.output.greater(threshold ?? 0).cast('int32')
    : rows.output.argMax()
  return { classes: rows.classes, target: rows.target, chosen, counts: counting(rows) }
}

/**
 * 1 for each row whose label is a class, else 0.
 *
 * @example
 * ```ts
 * const number = counting(rows).sum()
 * ```
 */
export function counting({ target, classes }: Pick<Rows, 'target' | 'classes'>): Tensor {
  return target.greaterEqual(0).mul(target.less(classes))
}

/** What is counted of each class. */
export type ClassTensors = Readonly<Record<'hits' | 'chosen' | 'support', Tensor>>

/**
 * Of each class the rows that are rightly chosen, that are chosen, and that are true: `[classes]`.
 *
 * @example
 * ```ts
 * const { hits, support } = classTensors(choicesOf('recall', output, target, undefined))
 * ```
 */
export function classTensors({ classes, target, chosen, counts }: Choices): ClassTensors {
  return {
    hits: count(target, classes, target.equal(chosen)),
    chosen: count(chosen, classes, counts),
    support: count(target, classes),
  }
}

function is(tensor: Tensor, shape: readonly number[]): boolean {
  return tensor.shape.join() === shape.join()
}
