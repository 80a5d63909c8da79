// Metrics of classes: against counts by hand, natively and with outputs of every form.

import { expect, test } from 'vitest'

import { accuracy, f1, topK } from '../../src/metrics/index.ts'
import type { MetricConfig } from '../../src/metrics/index.ts'
import { Tensor } from '../../src/tensor/index.ts'
import { valueOf } from './value-of.ts'

const scores = Tensor.from([
  [0.1, 0.9, 0],
  [0.8, 0.1, 0.1],
  [0.2, 0.3, 0.5],
  [1, 0, 0],
])

test('accuracy of class indices is the share that are right', async () => {
  expect(await valueOf(accuracy(), scores, Tensor.from([1, 0, 0, 2], [4], 'int32'))).toBe(0.5)
})

test('byte labels are compared like integers', async () => {
  expect(await valueOf(accuracy(), scores, Tensor.from(Uint8Array.of(1, 0, 2, 2)))).toBe(0.75)
})

test('the class of a soft label is its largest probability', async () => {
  const target = Tensor.from([
    [0.2, 0.8, 0],
    [0.1, 0.6, 0.3],
    [0, 0.1, 0.9],
    [0.9, 0.1, 0],
  ])
  expect(await valueOf(accuracy(), scores, target)).toBe(0.75)
})

test('one output a sample chooses class 1 above the threshold', async () => {
  const output = Tensor.from([[-1], [0.2], [0.7], [2]])
  const target = Tensor.from([[0], [0], [1], [1]])
  expect(await valueOf(accuracy(), output, target)).toBe(0.75)
  expect(await valueOf(accuracy({ threshold: 0.5 }), output, target)).toBe(1)
  expect(await valueOf(accuracy({ threshold: 1 }), output.reshape([4]), target.reshape([4]))).toBe(
    0.75,
  )
})

test('labels that are no class count neither as right nor as chosen', async () => {
  const target = Tensor.from([1, -100, 2, -100], [4], 'int32')
  expect(await valueOf(accuracy(), scores, target)).toBe(1)
  expect(await valueOf(f1(), scores, target)).toBe(1)
  expect(await valueOf(topK({ k: 1 }), scores, target)).toBe(1)
})

test('outputs of every step of a sequence are rows of their own', async () => {
  const output = scores.reshape([2, 2, 3])
  expect(await valueOf(accuracy(), output, Tensor.from([1, 0, 0, 2], [2, 2], 'int32'))).toBe(0.5)
})

test('equal outputs do not count against the true class', async () => {
  const output = Tensor.from([[1, 1, 1]])
  expect(await valueOf(topK({ k: 1 }), output, Tensor.from([2], [1], 'int32'))).toBe(1)
})

test.each<[string, MetricConfig, Tensor, string]>([
  ['a target of another shape', accuracy(), Tensor.from([[1], [0], [0], [2]]), 'SHAPE'],
  ['a threshold of several outputs', accuracy({ threshold: 0.5 }), scores, 'CONFIG'],
  ['numbers where classes are wanted', { type: 'rocAuc' }, Tensor.from([1, 0, 0, 1]), 'SHAPE'],
  ['labels where numbers are wanted', { type: 'r2' }, Tensor.from([1, 0, 0, 1]), 'SHAPE'],
])('%s is refused with the name of the metric', async (_, config, target, code) => {
  const measured = valueOf(config, scores, target)
  await expect(measured).rejects.toMatchObject({
    code,
    message: expect.stringContaining(config.type),
  })
})
