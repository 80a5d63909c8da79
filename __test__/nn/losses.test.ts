// Losses: values against closed forms, and targets that do not fit.

import { expect, test } from 'vitest'

import { crossEntropy, lossOf, meanSquaredError } from '../../src/nn/index.ts'
import { Tensor } from '../../src/tensor/index.ts'

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

test('a loss says how many terms its mean runs over', () => {
  expect(lossOf(crossEntropy()).terms([64, 10])).toBe(64)
  expect(lossOf(meanSquaredError()).terms([64, 10])).toBe(640)
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
  ['a smoothing of 1', () => lossOf(crossEntropy({ labelSmoothing: 1 })), 'CONFIG'],
  ['an unknown loss', () => lossOf({ type: 'crossentropy' } as never), 'CONFIG'],
])('%s is refused with %s', (_, record, code) => {
  expect(record).toThrow(expect.objectContaining({ code }))
})
