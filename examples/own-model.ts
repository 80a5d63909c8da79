// Trains a model of one's own: a class with a residual connection, followed by a callback.
import {
  Module,
  Trainer,
  accuracy,
  adamW,
  crossEntropy,
  datasets,
  dense,
  flatten,
  layer,
} from 'attune'
import type { Callback, Tensor } from 'attune'

class Residual extends Module {
  flat = layer(flatten())
  body = layer(dense({ units: 64, activation: 'gelu' }))
  scores = layer(dense({ units: 10 }))

  forward(x: Tensor): Tensor {
    const flat = this.flat(x) // (batch, 8, 8, 1) -> (batch, 64)
    return this.scores(flat.add(this.body(flat))) // (batch, 10)
  }
}

const untilGood: Callback = {
  onEpoch({ epoch, metrics }) {
    const found = metrics['val.accuracy'] ?? 0
    console.log(`epoch ${epoch}: ${(100 * found).toFixed(1)} % of the digits told apart`)
    return { stop: found >= 0.97, reason: 'good enough' }
  },
}

const trainer = new Trainer({
  model: new Residual(),
  data: datasets.digits(),
  loss: crossEntropy(),
  metrics: [accuracy()],
  optimizer: adamW({ learningRate: 3e-3 }),
  batchSize: 32,
  epochs: 50,
  callbacks: [untilGood],
})

const { epochs, reason } = await trainer.fit()
console.log(`${epochs} epochs: ${reason ?? 'no epoch was good enough'}`)
