// The trace of a model: names, shapes, states, updates, modes, and errors that say where.

import { expect, test } from 'vitest'

import {
  batchNorm,
  conv2d,
  dense,
  dropout,
  flatten,
  layer,
  maxPool2d,
  Module,
  Parameter,
  sequential,
  trace,
} from '../../src/nn/index.ts'
import type { LayerConfig, Mode } from '../../src/nn/index.ts'
import { serialise, Tensor } from '../../src/tensor/index.ts'

function run(config: LayerConfig | Module, shape: readonly number[], mode: Mode = 'train') {
  const model = layer(config)
  const x = Tensor.input('x', { dtype: 'float32', shape })
  return trace(model, mode, () => model(x))
}

function sitesOf(config: LayerConfig, mode: Mode): unknown[] {
  const { nodes } = serialise([run(config, [2, 8], mode).result])
  return nodes.filter(({ op }) => op === 'dropout').map((node) => 'site' in node && node.site)
}

const cnn = sequential([
  conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
  maxPool2d({ poolSize: 2 }),
  dropout({ rate: 0.25 }),
  batchNorm(),
  flatten(),
  dense({ units: 10 }),
])

test('sizes of the input are worked out, and states are named by their layers', () => {
  const { result, states } = run(cnn, [64, 28, 28, 1])
  expect(result.shape).toEqual([64, 10])
  expect(states.map(({ name, shape, trainable }) => [name, shape, trainable])).toEqual([
    ['layers.0.weight', [3, 3, 1, 32], true],
    ['layers.0.bias', [32], true],
    ['layers.3.weight', [32], true],
    ['layers.3.bias', [32], true],
    ['layers.3.runningMean', [32], false],
    ['layers.3.runningVariance', [32], false],
    ['layers.5.weight', [5408, 10], true],
    ['layers.5.bias', [10], true],
  ])
  expect(states[0]?.initializer).toEqual({ type: 'uniform', low: -1 / 3, high: 1 / 3 })
})

test('running statistics are updated while training only', () => {
  expect(run(cnn, [2, 8, 8, 1], 'train').updates.map(({ state }) => state)).toEqual([
    'layers.3.runningMean',
    'layers.3.runningVariance',
  ])
  expect(run(cnn, [2, 8, 8, 1], 'eval').updates).toEqual([])
})

test('dropout draws while training only, at a site that other layers do not move', () => {
  const drop = dropout({ rate: 0.5 })
  const [alone] = sitesOf(sequential([dense({ units: 4 }), drop]), 'train')
  const [among] = sitesOf(sequential([drop, drop, dense({ units: 4 })]), 'train').slice(1)
  expect(Number.isSafeInteger(alone)).toBe(true)
  expect(among).toBe(alone)
  expect(sitesOf(sequential([drop]), 'eval')).toEqual([])
  expect(new Set(sitesOf(sequential([drop, drop, drop]), 'train')).size).toBe(3)
})

test('a module held by two fields shares its weights', () => {
  class Tied extends Module {
    first = layer(dense({ units: 8 }))
    second = this.first
    forward(x: Tensor): Tensor {
      return this.second(this.first(x))
    }
  }
  expect(run(new Tied(), [2, 8]).states.map(({ name }) => name)).toEqual([
    'first.weight',
    'first.bias',
  ])
})

test('a parameter is named by its field and takes part in operations', () => {
  class Scale extends Module {
    scale = new Parameter([8], { type: 'constant', value: 2 })
    forward(x: Tensor): Tensor {
      return x.mul(this.scale)
    }
  }
  const { result, states } = run(new Scale(), [2, 8])
  expect(result.shape).toEqual([2, 8])
  expect(states).toEqual([
    { name: 'scale', shape: [8], trainable: true, initializer: { type: 'constant', value: 2 } },
  ])
})

test.each([
  [cnn, [64, 784], 'SHAPE', /^layers\.0: conv2d: expected images/],
  [cnn, [64, 2, 2, 1], 'SHAPE', /^layers\.0: conv2d/],
  [sequential([dense({ units: 4 }), maxPool2d({ poolSize: 2 })]), [2, 3], 'SHAPE', /^layers\.1/],
  [conv2d({ filters: 4, kernelSize: 1, groups: 2 }), [1, 4, 4, 3], 'SHAPE', /groups must divide/],
])('an input that does not fit is refused with the layer that it does not fit', (...row) => {
  const [config, shape, code, message] = row
  expect(() => run(config, shape)).toThrow(expect.objectContaining({ code }))
  expect(() => run(config, shape)).toThrow(message)
})

test('a layer made inside forward is refused, because it has no name', () => {
  class Wrong extends Module {
    forward(x: Tensor): Tensor {
      return layer(dense({ units: 2 }))(x)
    }
  }
  expect(() => run(new Wrong(), [1, 2])).toThrow(/no field of the model/)
})

test.each([
  ['same', [1, 7, 8, 2], [1, 4, 4, 4]],
  ['valid', [1, 7, 8, 2], [1, 3, 3, 4]],
  [1, [1, 7, 8, 2], [1, 4, 4, 4]],
  [
    [
      [2, 0],
      [0, 1],
    ],
    [1, 7, 8, 2],
    [1, 4, 4, 4],
  ],
] as const)('padding %j gives the size that its formula says', (padding, shape, expected) => {
  const config = conv2d({ filters: 4, kernelSize: 3, stride: 2, padding })
  expect(run(config, shape).result.shape).toEqual(expected)
})

test('dense runs over the last axis of any rank', () => {
  expect(run(dense({ units: 4 }), [2, 3, 5]).result.shape).toEqual([2, 3, 4])
})
