// Fifty steps of three networks beside PyTorch, from its initial weights and batches.
// training_curves.py makes the files; a weight is compared relative to the largest of its tensor,
// since many are near 0.

import { expect, test } from 'vitest'

import {
  adam,
  adamW,
  avgPool2d,
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
  Trainer,
} from '../../src/index.ts'
import type { LayerConfig, OptimizerConfig } from '../../src/index.ts'
import { resolveData } from '../../src/data/index.ts'
import { readTensors } from './tensors.ts'
import type { Tensors } from './tensors.ts'

/** Those whose name begins with `prefix`, without it. */
function under(tensors: Tensors, prefix: string): Record<string, Float32Array> {
  const found = Object.entries(tensors).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(
    found.map(([name, values]) => [name.slice(prefix.length), values as Float32Array]),
  )
}

/** All digits from 0 to 1, eight by eight or three times as large in the middle of 28 by 28. */
async function digits(size: 8 | 28): Promise<{ x: Float32Array; y: Int32Array }> {
  const { train } = await resolveData(datasets.digits({ validation: 0 }))
  const pixels = train.column('x')
  const x = new Float32Array(train.length * size * size)
  const [scale, margin] = size === 8 ? [1, 0] : [3, 2]
  for (let i = 0; i < x.length; i++) {
    const sample = Math.floor(i / (size * size))
    const [row, column] = [Math.floor(i / size) % size, i % size].map((at) =>
      Math.floor((at - margin) / scale),
    ) as [number, number]
    const inside = row >= 0 && row < 8 && column >= 0 && column < 8
    if (inside) x[i] = (pixels[sample * 64 + row * 8 + column] ?? 0) / 16
  }
  return { x, y: train.column('y') as Int32Array }
}

interface Case {
  readonly name: string
  readonly size: 8 | 28
  readonly layers: readonly LayerConfig[]
  readonly optimizer: OptimizerConfig
}

const cases: readonly Case[] = [
  {
    name: 'mlp',
    size: 28,
    layers: [
      flatten(),
      dense({ units: 300, activation: 'relu' }),
      dense({ units: 100, activation: 'relu' }),
      dense({ units: 10 }),
    ],
    optimizer: sgd({ learningRate: 0.01 }),
  },
  {
    name: 'article-cnn',
    size: 8,
    layers: [
      conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
      maxPool2d({ poolSize: 2 }),
      dropout({ rate: 0 }),
      batchNorm(),
      flatten(),
      dense({ units: 128, activation: 'relu' }),
      dropout({ rate: 0 }),
      dense({ units: 10 }),
    ],
    optimizer: adam({ learningRate: 1e-3, epsilon: 1e-3 }),
  },
  {
    name: 'strided-cnn',
    size: 8,
    layers: [
      conv2d({ filters: 16, kernelSize: 3, padding: 1, activation: 'relu' }),
      conv2d({ filters: 32, kernelSize: 3, stride: 2, padding: 1, groups: 4, activation: 'relu' }),
      avgPool2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 10 }),
    ],
    optimizer: adamW({ learningRate: 1e-2, weightDecay: 0.05, clipNorm: 0.5 }),
  },
]

test.each(cases)('fifty steps of $name follow PyTorch', async ({ name, size, layers, optimizer }) => {
  const golden = readTensors(name)
  const wanted = golden['losses'] as Float32Array
  const order = golden['order'] as Int32Array
  const { x, y } = await digits(size)
  const stride = size * size
  const images = new Float32Array(order.length * stride)
  order.forEach((row, i) => images.set(x.subarray(row * stride, (row + 1) * stride), i * stride))
  const labels = order.map((row) => y[row] ?? 0)
  const trainer = new Trainer({
    model: sequential(layers),
    data: fromArrays({ x: images, y: labels }, { shape: [size, size, 1] }),
    loss: crossEntropy(),
    optimizer,
    batchSize: order.length / wanted.length,
    epochs: 1,
    shuffle: false,
    threads: 1,
  })
  await trainer.setWeights(under(golden, 'initial.'))
  const losses: number[] = []
  for await (const event of trainer.fit()) {
    if (event.type === 'step') losses.push(event.loss)
  }
  expect(losses).toHaveLength(50)
  const worst = Math.max(...losses.map((loss, i) => Math.abs(loss / (wanted[i] ?? 0) - 1)))
  expect(worst).toBeLessThan(1e-4)

  const weights = await trainer.weights()
  const final = under(golden, 'final.')
  expect(Object.keys(weights).toSorted()).toEqual(Object.keys(final).toSorted())
  const apart = Object.entries(final).map(([key, values]) => {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const furthest = values.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (weights[key]?.[i] ?? Number.NaN))),
      0,
    )
    return { key, relative: furthest / largest }
  })
  expect(apart.filter(({ relative }) => !(relative < 1e-3))).toEqual([])
})
