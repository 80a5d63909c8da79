// Learns exclusive or from four points of one's own.
import { Trainer, adam, crossEntropy, dense, fromArrays, sequential } from 'attune'

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]

const trainer = new Trainer({
  model: sequential([dense({ units: 8, activation: 'tanh' }), dense({ units: 2 })]),
  data: fromArrays({ x, y: [0, 1, 1, 0] }),
  loss: crossEntropy(),
  optimizer: adam({ learningRate: 0.05 }),
  batchSize: 4,
  epochs: 200,
  seed: 0,
})

await trainer.fit()
console.log((await trainer.predict(x)).array())
