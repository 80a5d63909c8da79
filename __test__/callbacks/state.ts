// A state of a run as callbacks see it, for the tests of callbacks.

import type { TrainingState } from '../../src/callbacks/index.ts'

/** A state; `changes` replace what it holds. */
export function state(changes: Partial<TrainingState> = {}): TrainingState {
  return {
    step: 1,
    epoch: 1,
    loss: 1,
    metrics: {},
    learningRate: 0.1,
    gradientNorm: 1,
    samplesPerSecond: 1,
    epochs: 20,
    history: [],
    monitors: ['loss', 'val.loss', 'val.accuracy'],
    probe: {
      weights: () => Promise.reject(new Error('this state has no weights')),
      gradientMoments: () => Promise.reject(new Error('this state has no gradients')),
    },
    ...changes,
  }
}
