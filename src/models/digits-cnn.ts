// The recipe `digits-cnn`: a small convolutional network on the digits of the package.

import { datasets } from '../data/index.ts'
import { accuracy } from '../metrics/index.ts'
import { crossEntropy } from '../nn/index.ts'
import { adam, exponentialDecay } from '../optim/index.ts'
import { articleCnn } from './article-cnn.ts'
import type { Recipe } from './recipe.ts'

/** Above .97 validation accuracy in seconds. */
export const digitsCnn: Recipe = {
  name: 'digits-cnn',
  description: 'a small CNN on the 1,797 handwritten digits of the package',
  config: {
    model: articleCnn(),
    data: datasets.digits(),
    loss: crossEntropy(),
    metrics: [accuracy()],
    optimizer: adam({ learningRate: exponentialDecay({ initial: 2e-3, rate: 0.93 }) }),
    batchSize: 32,
    epochs: 15,
    seed: 0,
  },
}
