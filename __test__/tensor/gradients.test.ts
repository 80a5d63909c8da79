// Gradients of tensors by hand, against closed forms.

import { expect, test } from 'vitest'

import { gradients, Tensor, valueAndGrad } from '../../src/tensor/index.ts'

function linear(weight: Tensor, bias: Tensor): Tensor {
  return Tensor.from([[1, 2]])
    .matMul(weight)
    .add(bias)
    .sum()
}

test('the gradient of a sum of squares is twice the value', async () => {
  const x = Tensor.from([1, -2, 3])
  const { value, grads } = valueAndGrad((t: Tensor) => t.square().sum())(x)
  expect(await value.item()).toBe(14)
  expect(await grads[0].array()).toEqual([2, -4, 6])
})

test('each argument gets its own gradient, in its own shape', async () => {
  const w = Tensor.from([
    [1, 2],
    [3, 4],
  ])
  const b = Tensor.from([1, 1])
  const { grads } = valueAndGrad(linear)(w, b)
  expect(await grads[0].array()).toEqual([
    [1, 1],
    [2, 2],
  ])
  expect(await grads[1].array()).toEqual([1, 1])
})

test('what the loss does not depend on has a gradient of zeros', async () => {
  const x = Tensor.from([1, 2])
  const [dx, dother] = gradients(x.sum(), [x, Tensor.from([[5]])])
  expect(await dx?.array()).toEqual([1, 1])
  expect(await dother?.array()).toEqual([[0]])
})

test('gradients can be differentiated again', async () => {
  const x = Tensor.from([2])
  const [dx] = gradients(x.mul(x).mul(x).sum(), [x])
  const [ddx] = gradients((dx as Tensor).sum(), [x])
  expect(await dx?.item()).toBeCloseTo(12, 5)
  expect(await ddx?.item()).toBeCloseTo(12, 5)
})
