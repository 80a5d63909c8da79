// Accuracy: against counts by hand.

import { expect, test } from 'vitest'

import { accuracy, metricOf } from '../../src/metrics/index.ts'
import { Tensor } from '../../src/tensor/index.ts'

const scores = Tensor.from([
  [0.1, 0.9, 0],
  [0.8, 0.1, 0.1],
  [0.2, 0.3, 0.5],
  [1, 0, 0],
])

test('accuracy of class indices is the share that are right', async () => {
  const share = metricOf(accuracy())(scores, Tensor.from([1, 0, 0, 2], [4], 'int32'))
  expect(await share.item()).toBe(0.5)
})

test('byte labels are compared like integers', async () => {
  const share = metricOf(accuracy())(scores, Tensor.from(Uint8Array.of(1, 0, 2, 2)))
  expect(await share.item()).toBe(0.75)
})

test('the class of a soft label is its largest probability', async () => {
  const target = Tensor.from([
    [0.2, 0.8, 0],
    [0.1, 0.6, 0.3],
    [0, 0.1, 0.9],
    [0.9, 0.1, 0],
  ])
  expect(await metricOf(accuracy())(scores, target).item()).toBe(0.75)
})

test('a target of another shape is refused', () => {
  expect(() => metricOf(accuracy())(scores, Tensor.from([[1], [0], [0], [2]]))).toThrow(
    expect.objectContaining({ code: 'SHAPE' }),
  )
})
