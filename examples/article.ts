// From raw images to a measured classifier: data, network, loss, optimizer, regularization, stopping.
//
//     npm run article                          the digits inside the package
//     npm run article -- <folder>              Fashion-MNIST, from a folder with its four files
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
  f1,
  flatten,
  flip,
  grayscale,
  l2,
  maxPool2d,
  reportText,
  rotate,
  sequential,
} from 'attune'

const [root] = process.argv.slice(2)

const trainer = new Trainer({
  // 1. Data: pixels scaled to [0, 1]; every epoch sees each image turned and mirrored anew.
  data: root === undefined ? datasets.digits() : datasets.fashionMnist({ root }),
  augment: [
    rotate({ degrees: 5 }),
    // A mirrored digit is another sign, a mirrored shirt is a shirt.
    flip({ horizontal: root === undefined ? 0 : 0.5 }),
  ],

  // 2. The network: brightness alone, then the CNN.
  model: sequential([
    grayscale(),
    conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    maxPool2d({ poolSize: 2 }),
    dropout({ rate: 0.25 }),
    batchNorm(),
    flatten(),
    // 5. Regularization: L2 on the largest kernel, beside dropout.
    dense({ units: 128, activation: 'relu', kernelRegularizer: l2({ factor: 1e-5 }) }),
    dropout({ rate: 0.5 }),
    dense({ units: 10 }),
  ]),

  // 3. Loss, optimizer, metrics. 6. The rate times .9 after each epoch.
  loss: crossEntropy(),
  optimizer: adam({ learningRate: exponentialDecay({ initial: 1e-3, rate: 0.9, every: 'epoch' }) }),
  metrics: [accuracy(), f1()],

  // 4. and 7. Training with validation, in batches of 64.
  batchSize: 64,
  epochs: 15,
  seed: 0,

  // 8. Early stopping: five epochs without a better validation loss, and the best weights again.
  callbacks: [earlyStopping({ monitor: 'val.loss', patience: 5, restoreBest: true })],
})

for await (const event of trainer.fit()) {
  if (event.type !== 'epoch') continue
  const { 'val.loss': loss, 'val.accuracy': right } = event.metrics
  console.log(
    `epoch ${event.epoch}  loss ${event.loss.toFixed(4)}  val.loss ${loss}  val.accuracy ${right}`,
  )
}

const { loss, metrics, report } = await trainer.evaluate(undefined, { report: true })
console.log(`\n${root === undefined ? 'validation' : 'test'} loss ${loss.toFixed(4)}`, metrics)
if (report !== undefined) console.log(reportText(report))
