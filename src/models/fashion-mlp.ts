// The recipe `fashion-mlp`: a perceptron 784-300-100-10 on Fashion-MNIST. Géron 2019, chapter 10.

import { datasets } from '../data/index.ts'
import { accuracy } from '../metrics/index.ts'
import { crossEntropy, dense, flatten, sequential } from '../nn/index.ts'
import { sgd } from '../optim/index.ts'
import type { Recipe } from './recipe.ts'

/** About .89 validation accuracy; `data.root` is the folder with the four files. */
export const fashionMlp: Recipe = {
  name: 'fashion-mlp',
  description: 'a perceptron 784-300-100-10 on Fashion-MNIST (--set data.root=<folder>)',
  config: {
    model: sequential([
      flatten(),
      dense({ units: 300, activation: 'relu' }),
      dense({ units: 100, activation: 'relu' }),
      dense({ units: 10 }),
    ]),
    data: datasets.fashionMnist({
      root: 'data/fashion-mnist',
      validation: 5000,
      validationFrom: 'first',
    }),
    loss: crossEntropy(),
    metrics: [accuracy()],
    optimizer: sgd({ learningRate: 0.01 }),
    batchSize: 32,
    epochs: 30,
    seed: 0,
  },
}
