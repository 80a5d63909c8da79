// Times what a caller pays: tensors by hand, and an epoch of two small networks.
import { bench, describe } from 'vitest'

import {
  Tensor,
  Trainer,
  adam,
  adamW,
  articleCnn,
  crossEntropy,
  datasets,
  dense,
  flatten,
  sequential,
} from '../src/index.ts'

const a = Tensor.ones([256, 256])

describe('tensors by hand', () => {
  bench('a sum of 65,536 elements', async () => {
    await a.sum().data()
  })
  bench('a product of two 256 x 256 matrices', async () => {
    await a.matMul(a).data()
  })
})

const run = { data: datasets.digits(), loss: crossEntropy(), epochs: 1, seed: 0 }

const mlp = new Trainer({
  ...run,
  model: sequential([flatten(), dense({ units: 32, activation: 'relu' }), dense({ units: 10 })]),
  optimizer: adamW({ learningRate: 1e-3 }),
  batchSize: 16,
})
const cnn = new Trainer({
  ...run,
  model: articleCnn(),
  optimizer: adam({ learningRate: 1e-3 }),
  batchSize: 64,
})

describe('an epoch of the digits', () => {
  bench('64-32-10, batches of 16', async () => {
    await mlp.fit()
  })
  bench("the article's CNN, batches of 64", async () => {
    await cnn.fit()
  })
})
