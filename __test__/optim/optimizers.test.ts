// Optimizers' configs: defaults, ranges, and what the native rule is given.

import { expect, test } from 'vitest'

import { adam, adamW, constant, ema, noDecay, optimizerOf, sgd } from '../../src/optim/index.ts'
import type { OptimizerConfig } from '../../src/optim/index.ts'

test('the defaults are those of PyTorch', () => {
  expect(optimizerOf(sgd())).toEqual({
    rule: {
      type: 'sgd',
      momentum: 0,
      dampening: 0,
      nesterov: false,
      zeroStart: false,
      weightDecay: 0,
    },
    learningRate: 0.01,
    clip: null,
    groups: [],
    average: null,
  })
  expect(optimizerOf(adam()).rule).toEqual({
    type: 'adam',
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0,
    amsgrad: false,
    biasCorrection: true,
  })
  const rates = { adagrad: 0.01, adadelta: 1, rmsProp: 0.01, adam: 1e-3, adamW: 1e-3, nAdam: 2e-3 }
  const others = { rAdam: 1e-3, adamax: 2e-3, adafactor: 0.01, muon: 1e-3 }
  for (const [type, rate] of Object.entries({ ...rates, ...others })) {
    expect(optimizerOf({ type } as OptimizerConfig).learningRate).toBe(rate)
  }
  expect(optimizerOf(adamW()).rule).toMatchObject({ type: 'adamW', weightDecay: 0.01 })
})

test('schedule, clipping, groups and average are taken apart from the rule', () => {
  const groups = [noDecay()]
  const { rule, learningRate, clip, average, ...rest } = optimizerOf(
    adamW({ learningRate: constant(0.1), clipNorm: 2, groups, average: ema() }),
  )
  expect(learningRate).toEqual({ type: 'constant', value: 0.1 })
  expect(clip).toEqual({ type: 'clipNorm', max: 2 })
  expect(average).toEqual({ type: 'ema', decay: 0.999, warmup: false })
  expect(rest).toEqual({ groups })
  expect(Object.keys(rule)).toEqual(['type', 'beta1', 'beta2', 'epsilon', 'weightDecay', 'amsgrad'])
})

test('a clipping of several options takes their defaults', () => {
  expect(optimizerOf(sgd({ zClip: { threshold: 3 } })).clip).toEqual({
    type: 'zClip',
    alpha: 0.97,
    threshold: 3,
    warmup: 25,
    maxNorm: 1,
  })
  expect(optimizerOf(sgd({ adaptiveClip: {} })).clip).toEqual({
    type: 'adaptiveClip',
    factor: 0.01,
    epsilon: 1e-3,
  })
})

test.each([
  [{ type: 'adam', beta1: 1 }, 'optimizer.beta1: expected a number at least 0 and below 1, got 1'],
  [{ type: 'adam', epsilon: 0 }, 'optimizer.epsilon: expected a number above 0, got 0'],
  [{ type: 'sgd', clipNorm: 0 }, 'optimizer.clipNorm: expected a number above 0, got 0'],
  [{ type: 'sgd', nesterov: true }, 'optimizer.nesterov: nesterov needs a momentum above 0'],
  [{ type: 'sgd', learningRate: -1 }, 'optimizer.learningRate: expected a number at least 0'],
  [{ type: 'sgd', learningrate: 1 }, 'did you mean `learningRate`?'],
  [{ type: 'sgd', clipNorm: 1, clipValue: 1 }, 'optimizer.clipNorm: expected one kind of clipping'],
  [{ type: 'sgd', zClip: { warmup: 0 } }, 'optimizer.zClip.warmup: expected a whole number of at'],
  [
    { type: 'sgd', adaptiveClip: { factor: 0 } },
    'optimizer.adaptiveClip.factor: expected a number',
  ],
  [{ type: 'sgd', clipValue: -1 }, 'optimizer.clipValue: expected a number above 0, got -1'],
  [
    { type: 'sgd', average: { type: 'ema', decay: 1 } },
    'optimizer.average.decay: expected a number',
  ],
  [
    { type: 'sgd', average: { type: 'swa', start: -1 } },
    'optimizer.average.start: expected a whole',
  ],
  [{ type: 'sgd', groups: [{ match: '' }] }, 'optimizer.groups.0.match: expected a pattern'],
  [
    { type: 'sgd', groups: [{ match: '*', rate: -1 }] },
    'optimizer.groups.0.rate: expected a number',
  ],
  [
    { type: 'adagrad', initialAccumulator: -1 },
    'optimizer.initialAccumulator: expected a number at',
  ],
  [{ type: 'adadelta', rho: 1 }, 'optimizer.rho: expected a number at least 0 and below 1, got 1'],
  [{ type: 'rmsProp', alpha: 1.2 }, 'optimizer.alpha: expected a number at least 0 and below 1'],
  [{ type: 'nAdam', momentumDecay: -1 }, 'optimizer.momentumDecay: expected a number at least 0'],
  [{ type: 'lion', beta2: 1 }, 'optimizer.beta2: expected a number at least 0 and below 1, got 1'],
  [{ type: 'adafactor', beta2Decay: 0.8 }, 'optimizer.beta2Decay: expected a number at most 0'],
  [{ type: 'muon', adjust: 'rms' }, 'optimizer.adjust: expected one of original, matchRmsAdamW'],
  [{ type: 'muon', iterations: 100 }, 'optimizer.iterations: expected at most 99 iterations'],
  [{ type: 'scheduleFreeAdamW', average: { type: 'ema' } }, 'scheduleFreeAdamW averages by itself'],
  [{ type: 'adamw' }, 'did you mean "adamW"?'],
])('%j is refused', (config, message) => {
  expect(() => optimizerOf(config as OptimizerConfig)).toThrow(message)
})
