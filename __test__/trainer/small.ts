// Small runs that train in a blink, for the tests of the trainer.

import { createHash } from 'node:crypto'

import {
  accuracy,
  adam,
  batchNorm,
  conv2d,
  crossEntropy,
  datasets,
  dense,
  dropout,
  flatten,
  fromArrays,
  maxPool2d,
  sequential,
  sgd,
} from '../../src/index.ts'
import type { RunConfig, Trainer } from '../../src/index.ts'

/** A perceptron on the digits: 45 steps an epoch, the last of them smaller. */
export const digits: RunConfig = {
  model: sequential([flatten(), dense({ units: 32, activation: 'relu' }), dense({ units: 10 })]),
  data: datasets.digits(),
  loss: crossEntropy(),
  metrics: [accuracy()],
  optimizer: adam({ learningRate: 5e-3 }),
  batchSize: 32,
  epochs: 2,
  seed: 1,
  threads: 1,
}

/** A CNN with dropout and batch norm on the digits. */
export const cnn: RunConfig = {
  ...digits,
  model: sequential([
    conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }),
    maxPool2d({ poolSize: 2 }),
    dropout({ rate: 0.25 }),
    batchNorm(),
    flatten(),
    dense({ units: 10 }),
  ]),
}

/** Exclusive or: four points, one batch. */
export const xor: RunConfig = {
  model: sequential([dense({ units: 8, activation: 'tanh' }), dense({ units: 2 })]),
  data: fromArrays({
    x: [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
    y: [0, 1, 1, 0],
  }),
  loss: crossEntropy(),
  optimizer: sgd({ learningRate: 0.5, momentum: 0.9 }),
  batchSize: 4,
  epochs: 100,
  seed: 0,
  threads: 1,
}

/** sha256 over the names and bytes of all weights. */
export async function hashOf(trainer: Trainer): Promise<string> {
  const hash = createHash('sha256')
  const weights = Object.entries(await trainer.weights())
  for (const [name, values] of weights.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(name).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }
  return hash.digest('hex')
}

/** How many numbers each weight has. */
export function lengthsOf(weights: Readonly<Record<string, Float32Array>>): Record<string, number> {
  return Object.fromEntries(Object.entries(weights).map(([name, { length }]) => [name, length]))
}

/** Whether every weight is a finite number. */
export async function isFiniteEverywhere(trainer: Trainer): Promise<boolean> {
  return Object.values(await trainer.weights()).every((values) => values.every(Number.isFinite))
}

/** The code of the error that `body` throws or rejects with. */
export async function codeOf(body: () => unknown): Promise<unknown> {
  try {
    await body()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  return undefined
}
