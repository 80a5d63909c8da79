// Metrics on arrays of one's own: edges that scikit-learn's numbers do not show.

import { expect, test } from 'vitest'

import { metrics, reportText } from '../../src/index.ts'

test('typed arrays and plain ones give the same', () => {
  const [target, chosen] = [
    [0, 1, 2, 1],
    [0, 2, 2, 1],
  ]
  const typed = metrics.f1(Int32Array.from(target), Uint8Array.from(chosen))
  expect(metrics.f1(target, chosen)).toBe(typed)
  expect(metrics.accuracy(target, chosen)).toBe(0.75)
})

test('one class alone has no ranks, and NaN has none either', () => {
  expect(metrics.rocAuc([1, 1], [0.2, 0.3])).toBeNaN()
  expect(metrics.prAuc([0, 0], [0.2, 0.3])).toBe(0)
  expect(metrics.rocAuc([0, 1], [0.2, NaN])).toBeNaN()
})

test('equal scores count one half', () => {
  expect(metrics.rocAuc([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5])).toBe(0.5)
})

test('a class that does not occur takes no part in the mean of ranks', () => {
  const scores = [0.8, 0.1, 0.1, 0.2, 0.6, 0.2, 0.3, 0.6, 0.1]
  expect(metrics.rocAuc([0, 1, 0], scores)).toBe((1 + 0.75) / 2)
})

test('a probability of 0 for what came true costs -log 2^-52 and no more', () => {
  expect(metrics.logLoss([1], [0])).toBeCloseTo(52 * Math.LN2, 10)
})

test('confidences at the ends of bins belong to the bin below', () => {
  expect(metrics.expectedCalibrationError([1, 0], [0.5, 0.5], { bins: 2 })).toBeCloseTo(0, 12)
  expect(metrics.expectedCalibrationError([1], [1])).toBe(0)
})

test('targets that are all equal are explained or not', () => {
  expect(metrics.r2([2, 2], [2, 2])).toBe(1)
  expect(metrics.r2([2, 2], [2, 3])).toBe(0)
  expect(metrics.r2([2], [2])).toBeNaN()
})

test('one class alone has no chance to compare with', () => {
  expect(metrics.cohenKappa([1, 1], [1, 1])).toBeNaN()
  expect(metrics.mcc([1, 1], [1, 1])).toBe(0)
})

test('the report carries names, and long ones widen it', () => {
  const names = ['a name that is long', 'b']
  const report = metrics.classificationReport([0, 1, 1], [0, 1, 0], { names })
  expect(Object.keys(report)).toEqual([...names, 'accuracy', 'macro avg', 'weighted avg'])
  expect(reportText(report).split('\n')[2]).toBe(
    'a name that is long       0.50      1.00      0.67         1',
  )
})

test.each([
  ['fewer choices than targets', () => metrics.accuracy([0, 1], [0])],
  ['scores that are no rows', () => metrics.rocAuc([0, 1], [0.1, 0.2, 0.3])],
  ['no samples for ranks', () => metrics.prAuc([], [])],
  ['numbers that are no samples', () => metrics.rmse([1, 2, 3], [1, 2, 3], { outputs: 2 })],
])('%s is refused', (_, measure) => {
  expect(measure).toThrow(expect.objectContaining({ code: 'SHAPE' }))
})
