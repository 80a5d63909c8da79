// Optimizers' configs: defaults, ranges, and what the native rule is given.

import { expect, test } from 'vitest'

import { adam, adamW, constant, optimizerOf, sgd } from '../../src/optim/index.ts'
import type { OptimizerConfig } from '../../src/optim/index.ts'

test('the defaults are those of PyTorch', () => {
  expect(optimizerOf(sgd())).toEqual({
    rule: { type: 'sgd', momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 },
    learningRate: 0.01,
    clipNorm: null,
  })
  expect(optimizerOf(adam())).toEqual({
    rule: { type: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    learningRate: 0.001,
    clipNorm: null,
  })
  expect(optimizerOf(adamW()).rule).toMatchObject({ type: 'adamW', weightDecay: 0.01 })
})

test('a schedule and a clipping norm are taken apart from the rule', () => {
  const { rule, learningRate, clipNorm } = optimizerOf(
    adamW({ learningRate: constant(0.1), clipNorm: 2 }),
  )
  expect(learningRate).toEqual({ type: 'constant', value: 0.1 })
  expect(clipNorm).toBe(2)
  expect(rule).not.toHaveProperty('clipNorm')
})

test.each([
  [{ type: 'adam', beta1: 1 }, 'optimizer.beta1: expected a number at least 0 and below 1, got 1'],
  [{ type: 'adam', epsilon: 0 }, 'optimizer.epsilon: expected a number above 0, got 0'],
  [{ type: 'sgd', clipNorm: 0 }, 'optimizer.clipNorm: expected a number above 0, got 0'],
  [{ type: 'sgd', nesterov: true }, 'optimizer.nesterov: nesterov needs a momentum above 0'],
  [{ type: 'sgd', learningRate: -1 }, 'optimizer.learningRate: expected a number at least 0'],
  [{ type: 'sgd', learningrate: 1 }, 'did you mean `learningRate`?'],
  [{ type: 'adamw' }, 'did you mean "adamW"?'],
])('%j is refused', (config, message) => {
  expect(() => optimizerOf(config as OptimizerConfig)).toThrow(message)
})
