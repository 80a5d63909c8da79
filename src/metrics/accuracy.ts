// Accuracy: the share of samples whose highest score is at the target class.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { elements, here } from '../tensor/index.ts'
import type { MetricDefinition } from './metrics.ts'

/** The config of the `accuracy` metric. */
export interface AccuracyConfig {
  readonly type: 'accuracy'
}

/**
 * The share of correct predictions, from 0 to 1, of scores `[batch, ..., classes]`.
 *
 * The target is class indices `[batch, ...]` (`int32`, `uint8`) or probabilities
 * `[batch, ..., classes]` (`float32`), whose largest is the class.
 *
 * @example
 * ```ts
 * const metrics = [accuracy()]
 * ```
 */
export function accuracy(): AccuracyConfig {
  return { type: 'accuracy' }
}

/** How `accuracy` is checked and computed. */
export const accuracyMetric: MetricDefinition<AccuracyConfig, AccuracyConfig> = {
  type: 'accuracy',
  schema: options({ type: z.literal('accuracy') }),
  apply: (_, output, target) => {
    const soft = target.dtype === 'float32'
    const wanted = soft ? output.shape : output.shape.slice(0, -1)
    if (output.rank < 2 || target.shape.join() !== wanted.join()) {
      const message =
        'accuracy: expected scores [batch, ..., classes] and class indices [batch, ...] or ' +
        `float32 probabilities of the scores' shape, got scores [${output.shape.join(', ')}] ` +
        `and target ${target.dtype} [${target.shape.join(', ')}]`
      throw new AttuneError('SHAPE', here(message))
    }
    const classes = soft ? target.argMax() : target.cast('int32')
    return output.argMax().equal(classes).mean()
  },
  terms: (shape) => elements(shape.slice(0, -1)),
}
