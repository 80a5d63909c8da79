// Cross-entropy: `-Σ p log softmax(x)` of scores `x` and target probabilities `p`, per sample.

import { z } from 'zod'

import { number, options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { elements, here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { Resolved } from './define.ts'
import type { LossDefinition } from './losses.ts'

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions {
  /**
   * The share of the target that is spread over all classes, at least 0 and below 1: `p` becomes
   * `(1 - s) p + s / classes`. Default: 0.
   */
  readonly labelSmoothing?: number | undefined
}

/** The config of the `crossEntropy` loss. */
export interface CrossEntropyConfig extends CrossEntropyOptions {
  readonly type: 'crossEntropy'
}

/**
 * The mean cross-entropy of scores `[batch, ..., classes]` (logits: no softmax before).
 *
 * The target is class indices `[batch, ...]` (`int32`, `uint8`) or probabilities
 * `[batch, ..., classes]` (`float32`).
 *
 * @example
 * ```ts
 * crossEntropy({ labelSmoothing: 0.1 })
 * ```
 */
export function crossEntropy(options: CrossEntropyOptions = {}): CrossEntropyConfig {
  return describe('crossEntropy', options)
}

/** How `crossEntropy` is checked and computed. */
export const crossEntropyLoss: LossDefinition<CrossEntropyConfig, Resolved<CrossEntropyConfig>> = {
  type: 'crossEntropy',
  schema: options({
    type: z.literal('crossEntropy'),
    labelSmoothing: number({ from: 0, below: 1 }).default(0),
  }),
  apply: ({ labelSmoothing }, output, target) => {
    const classes = classesOf(output, target)
    const rows = elements(output.shape.slice(0, -1))
    const scores = output.reshape([rows, classes])
    const wanted = target.reshape(target.dtype === 'float32' ? [rows, classes] : [rows])
    return scores.crossEntropy(wanted, labelSmoothing).mean()
  },
  terms: (shape) => elements(shape.slice(0, -1)),
}

function classesOf(output: Tensor, target: Tensor): number {
  const classes = output.shape.at(-1)
  const soft = target.dtype === 'float32'
  const wanted = soft ? output.shape : output.shape.slice(0, -1)
  if (classes !== undefined && output.rank > 1 && target.shape.join() === wanted.join()) {
    return classes
  }
  const came = `scores [${output.shape.join(', ')}], target ${target.dtype} [${target.shape.join(', ')}]`
  const indices = output.shape.slice(0, -1).join()
  if (soft && target.shape.join() === indices) {
    const message = `crossEntropy: class indices must be int32 or uint8, got float32 (${came})`
    throw new AttuneError('DTYPE', here(message))
  }
  const message =
    'crossEntropy: expected scores [batch, ..., classes] and class indices [batch, ...] or ' +
    `float32 probabilities of the scores' shape, got ${came}`
  throw new AttuneError('SHAPE', here(message))
}
