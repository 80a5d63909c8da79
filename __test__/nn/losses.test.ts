// Losses: values against closed forms, and targets that do not fit.

import { expect, test } from 'vitest'

import {
  binaryCrossEntropy,
  categoricalHinge,
  contrastive,
  cosineSimilarity,
  crossEntropy,
  focal,
  gaussianNll,
  huber,
  lossOf,
  meanSquaredError,
  tripletMargin,
} from '../../src/nn/index.ts'
import { constants, gradients, oneHot, Tensor } from '../../src/tensor/index.ts'

const scores = Tensor.from([
  [0, Math.log(3)],
  [0, 0],
])
const labels = Tensor.from([1, 0], [2], 'int32')

test('cross-entropy of class indices is the mean of -log p', async () => {
  const loss = lossOf(crossEntropy())(scores, labels)
  expect(await loss.item()).toBeCloseTo((-Math.log(0.75) - Math.log(0.5)) / 2, 6)
})

test('probabilities that are all at one class mean the same as its index', async () => {
  const soft = Tensor.from([
    [0, 1],
    [1, 0],
  ])
  const loss = lossOf(crossEntropy({ labelSmoothing: 0.1 }))
  expect(await loss(scores, soft).item()).toBeCloseTo(await loss(scores, labels).item(), 6)
})

test('label smoothing spreads its share over all classes', async () => {
  const loss = lossOf(crossEntropy({ labelSmoothing: 0.2 }))(scores, labels)
  const first = -(0.9 * Math.log(0.75) + 0.1 * Math.log(0.25))
  expect(await loss.item()).toBeCloseTo((first - Math.log(0.5)) / 2, 6)
})

test('mean squared error is the mean over all elements', async () => {
  const loss = lossOf(meanSquaredError())(Tensor.from([[1, 2]]), Tensor.from([[3, 5]]))
  expect(await loss.item()).toBe(6.5)
})

test('a loss says what its mean was divided by: a number where shapes tell it', () => {
  expect(lossOf(crossEntropy()).weighed(scores, labels).weight).toBe(2)
  const squares = Tensor.zeros([4, 3])
  expect(lossOf(meanSquaredError()).weighed(squares, squares).weight).toBe(12)
})

test('with weights of classes and samples the divisor is their sum over the labels', async () => {
  const loss = lossOf(crossEntropy({ classWeights: [1, 3] }))
  const samples = Tensor.from([0.5, 2])
  const { mean, weight } = loss.weighed(scores, labels, { samples })
  expect(await (weight as Tensor).item()).toBe(0.5 * 3 + 2)
  const sum = 0.5 * 3 * -Math.log(0.75) + 2 * Math.log(2)
  expect(await mean.item()).toBeCloseTo(sum / 3.5, 6)
})

test('class weights of the run weigh as those of the loss do', async () => {
  const own = lossOf(crossEntropy({ classWeights: [1, 3] }))(scores, labels)
  const { mean } = lossOf(crossEntropy()).weighed(scores, labels, { classes: [1, 3] })
  expect(await mean.item()).toBeCloseTo(await own.item(), 6)
})

test('a batch in which nothing counts has a loss of 0 and no gradient', async () => {
  const ignored = Tensor.from([7, 7], [2], 'int32')
  const { mean, weight } = lossOf(crossEntropy({ ignoreIndex: 7 })).weighed(scores, ignored)
  const [dscores] = gradients(mean, [scores])
  expect([await mean.item(), await (weight as Tensor).item()]).toEqual([0, 0])
  expect(await dscores?.array()).toEqual([
    [0, 0],
    [0, 0],
  ])
})

test('scores of any size give a finite binary cross-entropy and gradient', async () => {
  const x = Tensor.from([1e4, -1e4, 88, -88])
  const loss = lossOf(binaryCrossEntropy())(x, Tensor.from([0, 1, 1, 0]))
  const [dx] = gradients(loss, [x])
  expect(await loss.item()).toBe(5000)
  expect(await dx?.data()).toEqual(Float32Array.of(0.25, -0.25, 0, 0))
})

test('a probability of 0 costs 100 as in PyTorch, and its gradient is finite', async () => {
  const p = Tensor.from([0, 1])
  const loss = lossOf(binaryCrossEntropy({ fromLogits: false }))(p, Tensor.from([1, 1]))
  const [dp] = gradients(loss, [p])
  expect(await loss.item()).toBe(50)
  expect(await dp?.data()).toEqual(Float32Array.of(0, -0.5))
})

test('a vector of zeros has a cosine loss of 1 and a gradient of 0', async () => {
  const x = Tensor.zeros([1, 3])
  const loss = lossOf(cosineSimilarity())(x, Tensor.zeros([1, 3]))
  const [dx] = gradients(loss, [x])
  expect(await loss.item()).toBe(1)
  expect((await dx?.data())?.every((value) => value === 0)).toBe(true)
})

test('a vector of constants and one-hot rows need no data of their own', async () => {
  expect(await constants([1, 1, 0.5, 2]).array()).toEqual([1, 1, 0.5, 2])
  expect(await constants([]).array()).toEqual([])
  expect(await oneHot(Tensor.from([2, 0], [2], 'int32'), 3).array()).toEqual([
    [0, 0, 1],
    [1, 0, 0],
  ])
  expect(await oneHot(Tensor.from([3], [1], 'int32'), 3).array()).toEqual([[NaN, NaN, NaN]])
})

test('labels of scores must be below their number, those of zeros and ones below 2', () => {
  const labels = { dtype: 'int32', shape: [8] } as const
  expect(lossOf(crossEntropy({ ignoreIndex: -1 })).labels([8, 5], labels)).toEqual({
    below: 5,
    except: -1,
  })
  const same = { dtype: 'uint8', shape: [8, 5] } as const
  expect(lossOf(binaryCrossEntropy()).labels([8, 5], same)?.below).toBe(2)
  expect(lossOf(huber()).labels([8, 5], same)).toBe(undefined)
})

test.each([
  ['float class indices', () => lossOf(crossEntropy())(scores, Tensor.from([1, 0])), 'DTYPE'],
  [
    'fewer labels than rows',
    () => lossOf(crossEntropy())(scores, Tensor.from([1], [1], 'int32')),
    'SHAPE',
  ],
  [
    'a target that would have to repeat',
    () => lossOf(meanSquaredError())(scores, Tensor.from([1, 0])),
    'SHAPE',
  ],
  [
    'an ignored index beside probabilities',
    () => lossOf(crossEntropy({ ignoreIndex: 0 }))(scores, scores),
    'DTYPE',
  ],
  [
    'a class weight too few',
    () => lossOf(crossEntropy({ classWeights: [1] }))(scores, labels),
    'CONFIG',
  ],
  [
    'a class weight of the run too many',
    () => lossOf(categoricalHinge()).weighed(scores, labels, { classes: [1, 2, 3] }),
    'CONFIG',
  ],
  [
    'class weights of a loss without classes',
    () => lossOf(meanSquaredError()).weighed(scores, scores, { classes: [1, 2] }),
    'CONFIG',
  ],
  [
    'a positive weight too few',
    () => lossOf(binaryCrossEntropy({ positiveWeight: [1] }))(scores, scores),
    'CONFIG',
  ],
  [
    'weights of classes for a target of zeros and ones',
    () => lossOf(focal({ alpha: [1, 2] }))(scores, scores),
    'CONFIG',
  ],
  ['means without variances', () => lossOf(gaussianNll())(scores, scores), 'SHAPE'],
  [
    'two vectors for a triplet',
    () => lossOf(tripletMargin())(Tensor.zeros([4, 2, 3]), labels),
    'SHAPE',
  ],
  [
    'a target for each number of a pair',
    () => lossOf(contrastive())(Tensor.zeros([2, 2, 3]), scores),
    'SHAPE',
  ],
  ['a negative class weight', () => lossOf(crossEntropy({ classWeights: [-1, 1] })), 'CONFIG'],
  ['a temperature of 0', () => lossOf(crossEntropy({ temperature: 0 })), 'CONFIG'],
  ['a delta of 0', () => lossOf(huber({ delta: 0 })), 'CONFIG'],
  ['a smoothing of 1', () => lossOf(crossEntropy({ labelSmoothing: 1 })), 'CONFIG'],
  ['an unknown loss', () => lossOf({ type: 'crossentropy' } as never), 'CONFIG'],
])('%s is refused with %s', (_, record, code) => {
  expect(record).toThrow(expect.objectContaining({ code }))
})
