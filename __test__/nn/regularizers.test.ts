// Regularizers: what they add to the loss, to gradients, and to which weights.

import { expect, test } from 'vitest'

import {
  batchNorm,
  conv2d,
  dense,
  elasticNet,
  embedding,
  fromArrays,
  l1,
  l2,
  layer,
  layerNorm,
  meanSquaredError,
  Module,
  rmsNorm,
  separableConv2d,
  sequential,
  sgd,
  Tensor,
  trace,
  Trainer,
} from '../../src/index.ts'
import type { LayerConfig, Regularizer, RunConfig } from '../../src/index.ts'
import { penalty } from '../../src/nn/index.ts'

const x = Tensor.from([
  [1, -2],
  [-3, 4],
])

test.each([
  ['l1', l1({ factor: 0.5 }), 5],
  ['l2', l2({ factor: 0.5 }), 15],
  ['elasticNet', elasticNet({ l1: 0.5, l2: 2 }), 65],
  ['the name l1', 'l1', 0.1],
  ['the name l2', 'l2', 0.3],
  ['the name elasticNet', 'elasticNet', 0.4],
] as const)('%s has the penalty of its formula', async (_, regularizer, expected) => {
  expect(await penalty(regularizer, x).item()).toBeCloseTo(expected, 6)
})

/** Two samples of two numbers, of which a layer without a bias makes two. */
function run(model: LayerConfig | Module, regularizer?: Regularizer): Trainer {
  const config: RunConfig = {
    model,
    data: fromArrays(
      {
        x: [
          [1, 0],
          [0, 1],
        ],
        y: [
          [0, 0],
          [0, 0],
        ],
      },
      { validation: 0 },
    ),
    loss: meanSquaredError(),
    optimizer: sgd({ learningRate: 0.1 }),
    regularizer,
    batchSize: 2,
    epochs: 1,
    threads: 1,
  }
  return new Trainer(config)
}

const weight = Float32Array.of(1, -2, 3, 4)

test('a penalty on the kernel joins the loss and the gradient', async () => {
  const plain = dense({ units: 2, bias: false })
  const losses = []
  for (const factor of [0, 0.1]) {
    const trainer = run({ ...plain, kernelRegularizer: l2({ factor }) })
    await trainer.setWeights({ weight })
    const { history } = await trainer.fit()
    losses.push(history[0]?.loss)
    // d(mean y²) / dw = w / 2, and 2 factor w of the penalty
    const wanted = weight.map((w) => w - 0.1 * (w / 2 + 2 * factor * w))
    const { weight: found } = await trainer.weights()
    found?.forEach((w, i) => expect(w).toBeCloseTo(wanted[i] ?? 0, 6))
    expect(history[0]?.metrics['train.penalty']).toBeCloseTo(30 * factor, 6)
  }
  expect((losses[1] ?? 0) - (losses[0] ?? 0)).toBeCloseTo(3, 5)
})

test('measuring counts the penalty as training does', async () => {
  const trainer = run(dense({ units: 2, bias: false, kernelRegularizer: l1({ factor: 0.1 }) }))
  await trainer.setWeights({ weight })
  const { loss, metrics } = await trainer.evaluate('train')
  expect(loss).toBeCloseTo(30 / 4 + 1, 5)
  expect(metrics['penalty']).toBeCloseTo(1, 6)
})

test('without a regularizer there is no penalty to report', async () => {
  const trainer = run(dense({ units: 2, bias: false }))
  const { metrics } = await trainer.evaluate('train')
  expect(metrics).toEqual({})
})

test('a penalty on the output is divided by the samples', async () => {
  const trainer = run(dense({ units: 2, bias: false, activityRegularizer: l1({ factor: 0.1 }) }))
  await trainer.setWeights({ weight })
  const { metrics } = await trainer.evaluate('train')
  expect(metrics['penalty']).toBeCloseTo(0.1 * (10 / 2), 6)
})

test('a penalty on the output counts what the activation gives', async () => {
  const activityRegularizer = l1({ factor: 0.1 })
  const trainer = run(dense({ units: 2, bias: false, activation: 'relu', activityRegularizer }))
  await trainer.setWeights({ weight })
  const { metrics } = await trainer.evaluate('train')
  expect(metrics['penalty']).toBeCloseTo(0.1 * (8 / 2), 6)
})

test('the regularizer of a model takes kernels that have none, and neither biases nor norms', async () => {
  const model = sequential([
    dense({ units: 2 }),
    batchNorm(),
    dense({ units: 2, kernelRegularizer: l2({ factor: 1 }), biasRegularizer: l1({ factor: 1 }) }),
  ])
  const trainer = run(model, l2({ factor: 0.1 }))
  await trainer.setWeights({
    'layers.0.weight': weight,
    'layers.0.bias': Float32Array.of(5, 5),
    'layers.1.weight': Float32Array.of(5, 5),
    'layers.2.weight': Float32Array.of(1, 1, 1, 1),
    'layers.2.bias': Float32Array.of(0.5, -0.5),
  })
  const { metrics } = await trainer.evaluate('train')
  expect(metrics['penalty']).toBeCloseTo(3 + 4 + 1, 5)
})

test('a weight that is used twice is penalised once, and its outputs each time', () => {
  class Twice extends Module {
    readonly inner = layer(dense({ units: 2, kernelRegularizer: 'l2', activityRegularizer: 'l1' }))
    forward(input: Tensor): Tensor {
      return this.inner(this.inner(input))
    }
  }
  const module = new Twice()
  const { penalties } = trace(module, 'train', () => module.forward(x))
  expect([...penalties.keys()]).toEqual(['inner.weight', 'inner'])
  expect(penalties.get('inner')?.node.origin).toMatchObject({ op: { op: 'add' } })
})

test('convolutions take the same penalties', () => {
  const images = Tensor.ones([1, 4, 4, 1])
  const module = layer(
    conv2d({ filters: 1, kernelSize: 3, kernelRegularizer: 'l2', biasRegularizer: 'l1' }),
  )
  const { penalties } = trace(module, 'train', () => module.forward(images))
  expect([...penalties.keys()]).toEqual(['weight', 'bias'])
})

test.each([
  ['batchNorm', batchNorm({ weightRegularizer: 'l1', biasRegularizer: 'l2' }), ['weight', 'bias']],
  ['layerNorm', layerNorm({ weightRegularizer: 'l1', biasRegularizer: 'l2' }), ['weight', 'bias']],
  ['rmsNorm', rmsNorm({ weightRegularizer: 'l1' }), ['weight']],
  ['embedding', embedding({ vocabularySize: 9, units: 2, weightRegularizer: 'l2' }), ['weight']],
] as const)('%s takes penalties on its weights', (_, config, names) => {
  const module = layer(config)
  const { penalties } = trace(module, 'train', () => module.forward(x))
  expect([...penalties.keys()]).toEqual(names)
})

test('a separable convolution takes a penalty and a constraint on each kernel', () => {
  const module = layer(
    separableConv2d({
      filters: 2,
      kernelSize: 3,
      depthwiseRegularizer: 'l2',
      pointwiseRegularizer: 'l1',
      depthwiseConstraint: 'maxNorm',
      pointwiseConstraint: 'unitNorm',
    }),
  )
  const traced = trace(module, 'train', () => module.forward(Tensor.ones([1, 4, 4, 1])))
  expect([...traced.penalties.keys()]).toEqual(['depthwiseWeight', 'pointwiseWeight'])
  expect(traced.states.map(({ constraint }) => constraint?.type)).toEqual([
    'maxNorm',
    'unitNorm',
    undefined,
  ])
})

test('a bad regularizer is refused under its path', () => {
  expect(() => run(dense({ units: 2, kernelRegularizer: l2({ factor: -1 }) }))).toThrow(
    'model.kernelRegularizer.factor: expected a number at least 0, got -1',
  )
  expect(() => run(dense({ units: 2 }), 'l3' as Regularizer)).toThrow(
    /^regularizer: unknown regularizer "l3"; did you mean "l[12]"\?$/,
  )
})
