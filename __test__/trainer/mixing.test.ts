// Mixing samples: the loss that a step sees is that of both targets in the shares of the samples.

import { expect, test } from 'vitest'

import {
  crossEntropy,
  cutmix,
  dense,
  flatten,
  fromArrays,
  meanSquaredError,
  mixup,
  sequential,
  sgd,
  Trainer,
} from '../../src/index.ts'
import type { ChangeConfig, LossConfig, RunConfig } from '../../src/index.ts'
import { codeOf, hashOf } from './small.ts'

/** Two images whose pixels are all 0 or all 1, so that a mixed pixel or area tells its share. */
function pair(augment: readonly ChangeConfig[], loss: LossConfig, y: readonly number[]): RunConfig {
  const x = Float32Array.from({ length: 128 }, (_, i) => Math.floor(i / 64))
  return {
    model: sequential([flatten(), dense({ units: loss.type === 'crossEntropy' ? 2 : 1 })]),
    data: fromArrays({ x, y }, { shape: [8, 8, 1], targetShape: y.length > 2 ? [1] : [] }),
    augment,
    loss,
    optimizer: sgd({ learningRate: 0.01 }),
    batchSize: 2,
    epochs: 1,
    seed: 5,
    threads: 1,
  }
}

test.for([mixup(), mixup({ alpha: 0.3 }), cutmix(), cutmix({ alpha: 4 })])(
  '%j mixes targets in the shares of what is seen of each image',
  async (change) => {
    const y = Int32Array.of(0, 1) as unknown as number[]
    const trainer = new Trainer(pair([change], crossEntropy(), y))
    const { x, y: labels } = await trainer.preview({ samples: 2 })
    const weights = Object.values(await trainer.weights())
    const loss = await firstLoss(trainer)
    const [kernel = [], bias = []] = weights.map((values) => Array.from(values))
    // Of each image, what share of its pixels is that of the other kind: its own label is `labels`.
    const losses = [0, 1].map((row) => {
      const image = Array.from(x.slice(row * 64, (row + 1) * 64))
      const ones = image.reduce((sum, value) => sum + value, 0) / 64
      const scores = [0, 1].map(
        (unit) =>
          image.reduce((sum, value, i) => sum + value * (kernel[2 * i + unit] ?? 0), 0) +
          (bias[unit] ?? 0),
      )
      const most = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0))
      return (1 - ones) * (most - (scores[0] ?? 0)) + ones * (most - (scores[1] ?? 0))
    })
    expect(new Set(labels)).toEqual(new Set([0, 1]))
    expect(loss).toBeCloseTo((losses[0]! + losses[1]!) / 2, 5)
  },
)

/** The loss of the first step. */
async function firstLoss(trainer: Trainer): Promise<number> {
  let loss = Number.NaN
  for await (const event of trainer.fit()) {
    if (event.type === 'step' && Number.isNaN(loss)) loss = event.loss
  }
  return loss
}

test('a probability of 0 mixes nothing, and the loss is that without mixing', async () => {
  const y = Int32Array.of(0, 1) as unknown as number[]
  const plain = new Trainer(pair([], crossEntropy(), y))
  const mixed = new Trainer(pair([mixup({ probability: 0 })], crossEntropy(), y))
  expect(await firstLoss(mixed)).toBeCloseTo(await firstLoss(plain), 6)
})

test('targets that are numbers are mixed too, and samples that are no images', async () => {
  const x = Float32Array.from({ length: 40 }, (_, i) => i / 40)
  const data = fromArrays({ x, y: Array.from({ length: 10 }, (_, i) => i / 3) }, { shape: [4] })
  const run = { ...pair([mixup()], meanSquaredError(), [0, 1]), data, epochs: 3, batchSize: 5 }
  const config = { ...run, model: sequential([dense({ units: 1 }), flatten()]) } as RunConfig
  const hashes = new Set<string>()
  for (const threads of [1, 3]) {
    const trainer = new Trainer({ ...config, data: { ...data, targetShape: [1] }, threads })
    // eslint-disable-next-line no-await-in-loop
    await trainer.fit()
    // eslint-disable-next-line no-await-in-loop
    hashes.add(await hashOf(trainer))
  }
  expect(hashes.size).toBe(1)
  const cut = new Trainer({ ...config, data: { ...data, targetShape: [1] }, augment: [cutmix()] })
  expect(await codeOf(() => cut.fit())).toBe('SHAPE')
})
