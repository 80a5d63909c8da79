// The recipe `fashion-cnn`: a small convolutional network on Fashion-MNIST.

import { datasets } from '../data/index.ts'
import { accuracy } from '../metrics/index.ts'
import { crossEntropy } from '../nn/index.ts'
import { adam, exponentialDecay } from '../optim/index.ts'
import { articleCnn } from './article-cnn.ts'
import type { Recipe } from './recipe.ts'

/** About .91 test accuracy; `data.root` is the folder with the four files. */
export const fashionCnn: Recipe = {
  name: 'fashion-cnn',
  description: 'a small CNN on Fashion-MNIST (--set data.root=<folder>)',
  config: {
    model: articleCnn(),
    data: datasets.fashionMnist({ root: 'data/fashion-mnist' }),
    loss: crossEntropy(),
    metrics: [accuracy()],
    optimizer: adam({ learningRate: exponentialDecay({ initial: 1e-3, rate: 0.9 }) }),
    batchSize: 64,
    epochs: 10,
    seed: 0,
  },
}
