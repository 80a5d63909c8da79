// The gradient of every layer and loss beside central differences in f64.

import { expect, test } from 'vitest'

import { gradientCheck, layer } from '../../src/index.ts'
import { lossOf, trace } from '../../src/nn/index.ts'
import { checkGradients, dtypeOf, Tensor } from '../../src/tensor/index.ts'
import { numbers } from '../golden/numbers.ts'
import { lossCases } from '../golden/loss-cases.ts'
import { layerCases } from './layer-cases.ts'

test.each(layerCases)('layer $type has the gradient of what it computes: $name', async (one) => {
  const module = layer(one.config)
  const named = one.inputs.map((given, i) => ({ ...given, name: `x${i}` }))
  const inputs = named.map(({ name, values, shape }) =>
    Tensor.input(name, { dtype: dtypeOf(values), shape }),
  )
  const { result, states, tensors } = trace(module, 'train', () => module.forward(...inputs))
  const trained = states.filter(({ trainable }) => trainable)
  const values = Object.fromEntries([
    ...named.map(({ name, values }) => [name, values] as const),
    ...states.map(({ name, shape }) => [name, numbers(`${one.type} ${name}`, shape)] as const),
  ])
  const wrt = [
    ...inputs.filter(({ dtype }) => dtype === 'float32'),
    ...trained.flatMap(({ name }) => tensors.get(name) ?? []),
  ]
  const { gradients, largest } = await checkGradients(result, wrt, values)
  expect(gradients).toHaveLength(wrt.length)
  expect(gradients.some(({ recorded }) => recorded.some((value) => value !== 0))).toBe(true)
  expect(largest).toBeLessThanOrEqual(1e-5)
})

const firstOfEach = [
  ...new Map(lossCases.toReversed().map((one) => [one.config.type, one])).values(),
]

test.each(firstOfEach)('loss $config.type has the gradient of what it computes', async (one) => {
  const { largest, gradients } = await gradientCheck(
    (output) => lossOf(one.config).weighed(output, one.target, {}).mean,
    [one.output],
  )
  expect(gradients[0]?.recorded.some((value) => value !== 0)).toBe(true)
  expect(largest).toBeLessThanOrEqual(1e-5)
})

test('a gradient that is not that of the function is found', async () => {
  const x = Tensor.from([0.5, -1.5, 2.5])
  const { passed, largest } = await gradientCheck((one) => one.floor().mul(one), [x])
  expect(passed).toBe(true)
  expect(largest).toBeLessThan(1e-6)
  const kink = await gradientCheck((one) => one.relu(), [Tensor.from([0])])
  expect(kink.passed).toBe(false)
  expect(kink.gradients[0]?.numeric[0]).toBeCloseTo(0.5)
})
