// Cosine similarity as a loss: `1 - x·y / (|x| |y|)` of the vectors of the last axis.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'
import { AttuneError } from '../../errors/index.ts'
import { here } from '../../tensor/index.ts'
import type { Tensor } from '../../tensor/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import { alike } from './define.ts'
import type { LossDefinition } from './define.ts'

/** Options of `cosineSimilarity`. */
export interface CosineSimilarityOptions {
  /** Lengths below this count as this, and have no gradient of their own; above 0. Default: 1e-8. */
  readonly epsilon?: number | undefined
}

/** The config of the `cosineSimilarity` loss. */
export interface CosineSimilarityConfig extends CosineSimilarityOptions {
  readonly type: 'cosineSimilarity'
}

/**
 * The mean of `1 - cos` over all vectors `[batch, ..., d]`, from 0 for equal directions to 2 for
 * opposite ones: PyTorch's `CosineEmbeddingLoss` of pairs that belong together, with the epsilon of
 * its `CosineSimilarity`. Keras' loss is less by 1, with the same gradient.
 *
 * @example
 * ```ts
 * cosineSimilarity()
 * ```
 */
export function cosineSimilarity(options: CosineSimilarityOptions = {}): CosineSimilarityConfig {
  return describe('cosineSimilarity', options)
}

/** How `cosineSimilarity` is checked and computed. */
export const cosineSimilarityLoss: LossDefinition<
  CosineSimilarityConfig,
  Resolved<CosineSimilarityConfig>
> = {
  type: 'cosineSimilarity',
  schema: options({
    type: z.literal('cosineSimilarity'),
    epsilon: number({ above: 0 }).default(1e-8),
  }),
  apply: ({ epsilon }, output, target) => {
    const y = alike('cosineSimilarity', output, target)
    if (output.rank < 2) {
      const message =
        'cosineSimilarity: expected vectors [batch, ..., d], got output ' +
        `[${output.shape.join(', ')}]: give the last layer as many units as a vector has numbers`
      throw new AttuneError('SHAPE', here(message))
    }
    const product = output.mul(y).sum({ axes: -1 })
    const lengths = length(output, epsilon).mul(length(y, epsilon))
    return { values: product.div(lengths).neg().add(1) }
  },
}

// the root of at least epsilon², so that a vector of zeros has a gradient of 0 and not NaN
function length(x: Tensor, epsilon: number): Tensor {
  return x
    .square()
    .sum({ axes: -1 })
    .maximum(Math.max(epsilon ** 2, 2 ** -120))
    .sqrt()
}
