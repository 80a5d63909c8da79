// Trains a small convolutional network on the handwritten digits inside the package and saves it.
import {
  Trainer,
  accuracy,
  adam,
  batchNorm,
  conv2d,
  crossEntropy,
  datasets,
  dense,
  dropout,
  earlyStopping,
  exponentialDecay,
  flatten,
  maxPool2d,
  sequential,
} from 'attune'

const trainer = new Trainer({
  model: sequential([
    conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    maxPool2d({ poolSize: 2 }),
    dropout({ rate: 0.25 }),
    batchNorm(),
    flatten(),
    dense({ units: 128, activation: 'relu' }),
    dropout({ rate: 0.5 }),
    dense({ units: 10 }),
  ]),
  data: datasets.digits(),
  loss: crossEntropy(),
  metrics: [accuracy()],
  optimizer: adam({ learningRate: exponentialDecay({ initial: 1e-3, rate: 0.9, every: 'epoch' }) }),
  batchSize: 64,
  epochs: 20,
  seed: 0,
  callbacks: [earlyStopping({ monitor: 'val.loss', patience: 3, restoreBest: true })],
})

for await (const event of trainer.fit()) {
  if (event.type === 'epoch') console.log(event.epoch, event.loss, event.metrics)
}
await trainer.save('digits.safetensors')
