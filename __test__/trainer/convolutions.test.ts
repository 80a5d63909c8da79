// Convolutions by Winograd's sums and by direct ones, through whole runs.

import { expect, test } from 'vitest'

import {
  adamW,
  conv2d,
  crossEntropy,
  dense,
  ema,
  flatten,
  maxNorm,
  maxPool2d,
  sequential,
  Trainer,
} from '../../src/index.ts'
import type { RunConfig } from '../../src/index.ts'
import { digits, hashOf } from './small.ts'

/** Three convolutions, of which the last two have enough channels for Winograd's sums. */
function run(algorithm: 'auto' | 'direct', changes: Partial<RunConfig> = {}): RunConfig {
  const window = { kernelSize: 3, padding: 'same', activation: 'relu', algorithm } as const
  return {
    ...digits,
    model: sequential([
      conv2d({ filters: 16, ...window }),
      conv2d({ filters: 24, ...window, kernelConstraint: maxNorm({ max: 1 }) }),
      maxPool2d({ poolSize: 2 }),
      conv2d({ filters: 17, ...window }),
      flatten(),
      dense({ units: 10 }),
    ]),
    ...changes,
  }
}

test('a run with Winograd’s sums follows the one with direct sums', async () => {
  const losses = await Promise.all(
    (['auto', 'direct'] as const).map(async (algorithm) => {
      const changes = { optimizer: adamW({ learningRate: 1e-3 }), epochs: 1 }
      const { history } = await new Trainer(run(algorithm, changes)).fit()
      return history.flatMap(({ loss, metrics }) => [loss, metrics['val.loss'] ?? Number.NaN])
    }),
  )
  const [auto = [], direct = []] = losses
  expect(direct).toHaveLength(2)
  expect(auto).not.toEqual(direct)
  for (const [at, loss] of direct.entries()) expect(auto[at]! / loss).toBeCloseTo(1, 2)
})

test('any number of threads gives the same weights with Winograd’s sums', async () => {
  const hashes = new Set<string>()
  for (const threads of [1, 2, 3, 7]) {
    const optimizer = adamW({ learningRate: 5e-3, average: ema({ decay: 0.9 }) })
    const trainer = new Trainer(run('auto', { threads, optimizer, epochs: 1 }))
    await trainer.fit()
    hashes.add(await hashOf(trainer))
  }
  expect(hashes.size).toBe(1)
})

test('measuring sees the weights of the last step, however they are kept for kernels', async () => {
  const config = run('auto', { loss: crossEntropy(), epochs: 1 })
  const trainer = new Trainer(config)
  await trainer.evaluate('validation')
  const { history } = await trainer.fit()
  const { loss } = await trainer.evaluate('validation')
  expect(loss).toBe(history.at(-1)?.metrics['val.loss'])
})
