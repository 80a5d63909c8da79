// Mean squared error: the mean of `(x - target)²` over all elements.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { elements, here } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LossDefinition } from './losses.ts'

/** The config of the `meanSquaredError` loss. */
export interface MeanSquaredErrorConfig {
  readonly type: 'meanSquaredError'
}

/**
 * The mean of the squared differences; output and target have one shape.
 *
 * @example
 * ```ts
 * meanSquaredError()
 * ```
 */
export function meanSquaredError(): MeanSquaredErrorConfig {
  return describe('meanSquaredError', {})
}

/** How `meanSquaredError` is checked and computed. */
export const meanSquaredErrorLoss: LossDefinition<MeanSquaredErrorConfig, MeanSquaredErrorConfig> =
  {
    type: 'meanSquaredError',
    schema: options({ type: z.literal('meanSquaredError') }),
    apply: (_, output, target) => {
      if (output.shape.join() !== target.shape.join()) {
        const message =
          `meanSquaredError: output [${output.shape.join(', ')}] and target ` +
          `[${target.shape.join(', ')}] must have one shape: reshape one of them`
        throw new AttuneError('SHAPE', here(message))
      }
      return output.sub(target.cast('float32')).square().mean()
    },
    terms: elements,
  }
