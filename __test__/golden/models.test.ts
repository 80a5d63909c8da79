// The built-in models beside PyTorch: outputs, losses and gradients, as a trainer computes them. models.py makes the files.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import {
  crossEntropy,
  fromArrays,
  gpt,
  llama,
  lstmLanguageModel,
  resNet18,
  resNet20,
  sgd,
  Trainer,
  vit,
} from '../../src/index.ts'
import { elements } from '../../src/tensor/index.ts'
import { apart, numbers } from './numbers.ts'
import { readTensors } from './tensors.ts'
import { lengthsOf } from '../trainer/small.ts'

interface Case {
  readonly name: string
  readonly model: keyof typeof models
  readonly options: never
  readonly x: readonly number[]
  readonly y: readonly number[]
  readonly classes: number
  readonly weights: Readonly<Record<string, readonly number[]>>
}

const models = { gpt, llama, lstmLanguageModel, resNet18, resNet20, vit }
const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, 'models.json'), 'utf8'),
) as readonly Case[]
const golden = readTensors('models')

/** Whole numbers below `classes`. */
function labels(name: string, shape: readonly number[], classes: number): Int32Array {
  return Int32Array.from(numbers(name, shape), (value) => Math.floor(((value + 2) / 4) * classes))
}

/** First weights: of about the size that keeps the scale of what goes through them. */
function begun(name: string, key: string, shape: readonly number[]): Float32Array {
  const drawn = numbers(`${name} ${key}`, shape)
  if (shape.length > 1) {
    const root = Math.sqrt(elements(shape.slice(0, -1)))
    return drawn.map((value) => value / root)
  }
  const scale = key.endsWith('weight') || key.endsWith('runningVariance')
  return drawn.map((value) => value / 8 + (scale ? 1 : 0))
}

test.each(cases)('$name computes and learns what PyTorch does', async (one) => {
  const { name, model, options, x: shape, y: places, classes } = one
  const x =
    shape.length === 4 ? numbers(`${name} x`, shape) : labels(`${name} x`, shape, classes)
  const sizes = { shape: shape.slice(1), targetShape: places.slice(1) }
  const trainer = new Trainer({
    model: models[model](options),
    data: fromArrays({ x, y: labels(`${name} y`, places, classes) }, sizes),
    loss: crossEntropy(),
    optimizer: sgd({ learningRate: 1 }),
    batchSize: shape[0] ?? 1,
    epochs: 1,
    shuffle: false,
    threads: 1,
  })
  const before = Object.fromEntries(
    Object.entries(one.weights).map(([key, size]) => [key, begun(name, key, size)]),
  )
  expect(lengthsOf(await trainer.weights())).toEqual(lengthsOf(before))
  await trainer.setWeights(before)

  const found: Record<string, ArrayLike<number>> = {
    output: (await trainer.predict(x)).values,
    loss: [(await trainer.fit()).history[0]?.loss ?? Number.NaN],
  }
  const after = await trainer.weights()
  for (const key of Object.keys(before)) {
    // A step of plain SGD with a rate of 1 takes the gradient itself away.
    found[`d${key}`] = (before[key] ?? []).map((value, i) => value - (after[key]?.[i] ?? 0))
    found[key] = after[key] ?? []
  }
  const wanted = Object.entries(golden).filter(([key]) => key.startsWith(`${name} `))
  expect(wanted.length).toBeGreaterThan(5)
  const wrong = wanted.map(([key, values]) => {
    const short = key.slice(name.length + 1)
    return [short, apart(found[short] ?? [], values)]
  })
  expect(wrong.filter(([, far]) => far?.length !== 0)).toEqual([])
})
