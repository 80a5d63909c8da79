// How long a run is, and the rates of its steps as schedules over epochs and over the run give them.

import { expect, test } from 'vitest'

import { exponentialDecay, linear, sgd, Trainer, warmup } from '../../src/index.ts'
import type { Schedule } from '../../src/index.ts'
import { digits } from './small.ts'

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
