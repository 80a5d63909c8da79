// Every loss beside PyTorch: its value and its gradient by the output, weights of samples and classes
// included.

import { expect, test } from 'vitest'

import { losses, lossOf } from '../../src/nn/index.ts'
import { evaluate, gradients } from '../../src/tensor/index.ts'
import { lossCases } from './loss-cases.ts'
import { apart } from './numbers.ts'

test.each(lossCases)('$name computes what PyTorch does', async (one) => {
  const { config, output, target, samples, classes } = one
  const { mean } = lossOf(config).weighed(output, target, { samples, classes })
  const [loss = [], gradient = []] = await evaluate([mean, ...gradients(mean, [output])])
  expect([apart(loss, [one.loss]), apart(gradient, one.gradient)]).toEqual([[], []])
})

test('every loss has at least three cases', () => {
  const counts = Object.keys(losses).map(
    (type) => [type, lossCases.filter(({ config }) => config.type === type).length] as const,
  )
  expect(counts.filter(([, count]) => count < 3)).toEqual([])
})
