// How long a run is with batches that change, and the rates of its steps as schedules over epochs and over the run give them.

import { expect, test } from 'vitest'

import {
  batchSequence,
  exponentialDecay,
  growingBatch,
  linear,
  sgd,
  Trainer,
  warmup,
} from '../../src/index.ts'
import type { Schedule, TrainingEvent } from '../../src/index.ts'
import { digits, hashOf } from './small.ts'

async function stepRates(trainer: Trainer): Promise<number[]> {
  const rates: number[] = []
  for await (const { type, learningRate } of trainer.fit()) {
    if (type === 'step') rates.push(learningRate)
  }
  return rates
}

test.each<[string, Schedule]>([
  ['over the run', linear({ initial: 0.1 })],
  ['by the epoch', exponentialDecay({ initial: 0.1, rate: 0.5 })],
  ['within an epoch', linear({ initial: 0.1, over: { epochs: 0.5 } })],
  ['of both', warmup(exponentialDecay({ initial: 0.1, rate: 0.5 }), { over: { epochs: 1 } })],
])('the rates that are told before a run are those that it takes: %s', async (_, learningRate) => {
  const trainer = new Trainer({ ...digits, optimizer: sgd({ learningRate }) })
  const before = await trainer.learningRates()
  expect(before).toHaveLength(90)
  expect(await stepRates(trainer)).toEqual([...before])
})

test('a line over the run ends a step before 0, and falls once an epoch where epochs are counted', async () => {
  const line = new Trainer({ ...digits, optimizer: sgd({ learningRate: linear({ initial: 1 }) }) })
  const rates = await line.learningRates()
  expect([rates[0], rates[45], rates[89]]).toEqual([1, 0.5, expect.closeTo(1 / 90, 12)])
  const decay = exponentialDecay({ initial: 1, rate: 0.5 })
  const stairs = new Trainer({ ...digits, optimizer: sgd({ learningRate: decay }) })
  const falling = await stairs.learningRates()
  expect([falling[44], falling[45], falling[89]]).toEqual([1, 0.5, 0.5])
})

test('a second fit goes on in time, and the run is both together', async () => {
  const learningRate = linear({ initial: 1e-3 })
  const trainer = new Trainer({ ...digits, epochs: 1, optimizer: sgd({ learningRate }) })
  await trainer.fit()
  const rates = await trainer.learningRates()
  expect([rates.length, rates[0]]).toEqual([45, 5e-4])
})

test('all samples at once make each epoch one step of gradient descent', async () => {
  const events: TrainingEvent[] = []
  const trainer = new Trainer({ ...digits, batchSize: 'all', epochs: 3 })
  for await (const event of trainer.fit()) events.push(event)
  expect(events.filter(({ type }) => type === 'warning')).toEqual([])
  expect(events.at(-1)).toMatchObject({ step: 3, epoch: 3 })
  const whole = new Trainer({ ...digits, batchSize: 1438, epochs: 3 })
  await whole.fit()
  expect(await hashOf(trainer)).toBe(await hashOf(whole))
  const { loss } = await trainer.evaluate('validation')
  expect(loss).toBeCloseTo((await whole.evaluate('validation')).loss, 5)
  expect((await trainer.inspect()).batch).toBe(1438)
})

test('a batch that changes by the epoch changes the steps, and schedules know', async () => {
  const batchSize = batchSequence([
    { size: 32, epochs: 1 },
    { size: 144, epochs: 1 },
    { size: 719 },
  ])
  const config = { ...digits, batchSize, epochs: 4 }
  const trainer = new Trainer({
    ...config,
    optimizer: sgd({ learningRate: linear({ initial: 1 }) }),
  })
  const before = await trainer.learningRates()
  expect(before).toHaveLength(45 + 10 + 2 + 2)
  expect((await trainer.inspect()).batch).toBe(719)
  expect(await stepRates(trainer)).toEqual([...before])
  expect([before[0], before[58]]).toEqual([1, expect.closeTo(1 / 59, 12)])
  const decay = exponentialDecay({ initial: 1, rate: 0.5 })
  const stairs = new Trainer({ ...config, optimizer: sgd({ learningRate: decay }) })
  const rates = await stairs.learningRates()
  expect([44, 45, 54, 55, 56, 57].map((step) => rates[step])).toEqual([
    1, 0.5, 0.5, 0.25, 0.25, 0.125,
  ])
})

test('a growing batch goes on growing in the next fit', async () => {
  const batchSize = growingBatch({ initial: 180 })
  const trainer = new Trainer({ ...digits, batchSize, epochs: 2 })
  const once = new Trainer({ ...digits, batchSize, epochs: 4 })
  expect([(await trainer.fit()).steps, (await trainer.fit()).steps]).toEqual([8 + 4, 2 + 1])
  await once.fit()
  expect(await hashOf(trainer)).toBe(await hashOf(once))
})
