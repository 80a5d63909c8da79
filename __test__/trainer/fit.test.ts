// Training: what it reaches, what it tells, and that its bits depend on the config alone.

import { expect, test } from 'vitest'

import { datasets, earlyStopping, fromArrays, meanSquaredError, Trainer } from '../../src/index.ts'
import type { Callback, MeasuredEvent, TrainingEvent } from '../../src/index.ts'
import { cnn, digits, hashOf, isFiniteEverywhere, xor } from './small.ts'

async function eventsOf(trainer: Trainer): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = []
  for await (const event of trainer.fit()) events.push(event)
  return events
}

test('the digits are told apart after a few epochs', async () => {
  const trainer = new Trainer({ ...digits, epochs: 8 })
  const { history, epochs, steps, stoppedBy } = await trainer.fit()
  expect([epochs, steps, stoppedBy]).toEqual([8, 8 * 45, 'epochs'])
  expect(history.at(-1)?.metrics['val.accuracy']).toBeGreaterThan(0.95)
  expect(history.at(-1)?.loss).toBeLessThan(history[0]?.loss ?? 0)
})

test('events tell the start, every step, every epoch and the end, in order', async () => {
  const events = await eventsOf(new Trainer(digits))
  const types = events.map(({ type }) => type)
  const epoch = [...Array.from({ length: 45 }, () => 'step'), 'epoch']
  expect(types).toEqual(['start', ...epoch, ...epoch, 'end'])
  const steps = events.filter(({ type }) => type === 'step')
  expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 90 }, (_, i) => i + 1))
  expect(steps.map(({ epoch }) => epoch).filter((number) => number === 2)).toHaveLength(45)
  const last = events.findLast(({ type }) => type === 'epoch') as MeasuredEvent
  expect(Object.keys(last.metrics)).toEqual(['train.accuracy', 'val.loss', 'val.accuracy'])
  expect([last.learningRate, last.gradientNorm > 0, last.samplesPerSecond > 0]).toEqual([
    5e-3,
    true,
    true,
  ])
  expect(events.at(-1)).toMatchObject({ type: 'end', step: 90, epoch: 2, stoppedBy: 'epochs' })
})

test('the loss of an epoch is the mean of its samples: the smaller last batch counts as much as it holds', async () => {
  const events = await eventsOf(new Trainer({ ...digits, epochs: 1 }))
  const losses = events.filter(({ type }) => type === 'step').map(({ loss }) => loss ?? 0)
  const sizes = losses.map((_, i) => (i === 44 ? 1438 - 44 * 32 : 32))
  const mean = losses.reduce((sum, loss, i) => sum + loss * (sizes[i] ?? 0), 0) / 1438
  const epoch = events.find(({ type }) => type === 'epoch')
  expect(epoch?.loss).toBeCloseTo(mean, 6)
})

test('awaiting and iterating give the same result', async () => {
  const awaited = new Trainer(digits)
  const iterated = new Trainer(digits)
  await awaited.fit()
  const run = iterated.fit()
  for await (const event of run) expect(event.step).toBeLessThanOrEqual(90)
  expect((await run).steps).toBe(90)
  expect(await hashOf(iterated)).toBe(await hashOf(awaited))
})

test('the weights do not depend on threads, nor on the steps of a call', async () => {
  const few = { ...cnn, data: datasets.digits({ validation: 0.85 }), epochs: 12 } // 108 steps
  const hashes = new Set<string>()
  for (const [threads, stepsPerCall] of [
    [1, 1],
    [2, 50],
    [3, 7],
    [4, undefined],
    [7, 50],
    [1, undefined],
  ] as const) {
    const trainer = new Trainer({ ...few, threads })
    await trainer.fit({ stepsPerCall })
    hashes.add(await hashOf(trainer))
  }
  expect(hashes.size).toBe(1)
  const other = new Trainer({ ...few, seed: 2 })
  await other.fit()
  expect(hashes).not.toContain(await hashOf(other))
})

test('a second call goes on where the first one ended', async () => {
  const twice = new Trainer({ ...cnn, epochs: 1 })
  await twice.fit()
  const { steps } = await twice.fit()
  const once = new Trainer({ ...cnn, epochs: 2 })
  await once.fit()
  expect(steps).toBe(45)
  expect(await hashOf(twice)).toBe(await hashOf(once))
})

test('a function of numbers is learned by the squared error', async () => {
  const x = Array.from({ length: 64 }, (_, i) => [i / 32 - 1])
  const y = x.map(([value = 0]) => [3 * value - 1])
  const loss = meanSquaredError()
  const model = { type: 'dense', units: 1 } as const
  const trainer = new Trainer({ ...xor, model, loss, data: fromArrays({ x, y }), epochs: 20 })
  const { history } = await trainer.fit()
  expect(history.at(-1)?.loss).toBeLessThan(1e-3)
  const { values } = await trainer.predict([[0.5]])
  expect(values[0]).toBeCloseTo(0.5, 1)
})

test('early stopping ends the run and the weights of the best epoch come back', async () => {
  const stopping = earlyStopping({ monitor: 'val.loss', patience: 2, restoreBest: true })
  const trainer = new Trainer({ ...digits, epochs: 60, callbacks: [stopping] })
  const { history, stoppedBy, reason, best } = await trainer.fit()
  expect(stoppedBy).toBe('earlyStopping')
  expect(reason).toMatch(/val\.loss has not improved for 2 epochs/)
  const losses = history.map(({ metrics }) => metrics['val.loss'] ?? 0)
  expect(best?.metrics['val.loss']).toBe(Math.min(...losses))
  expect(best?.epoch).toBe(history.length - 2)
  const { loss } = await trainer.evaluate('validation')
  expect(loss).toBe(best?.metrics['val.loss'])
})

test('the best weights come back when the epochs run out as well', async () => {
  const stopping = earlyStopping({ patience: 50, mode: 'max', restoreBest: true })
  const trainer = new Trainer({ ...digits, epochs: 3, callbacks: [stopping] })
  const { best, stoppedBy } = await trainer.fit()
  expect([best?.epoch, stoppedBy]).toEqual([1, 'epochs'])
  const { loss } = await trainer.evaluate('validation')
  expect(loss).toBe(best?.metrics['val.loss'])
})

test.each<[string, (abort: AbortController) => Callback]>([
  ['the signal', (abort) => ({ onEpoch: ({ epoch }) => void (epoch === 3 && abort.abort()) })],
  ['another callback', () => ({ onEpoch: ({ epoch }) => ({ stop: epoch === 3 }) })],
  [
    'an error',
    () => ({
      onEpoch({ epoch }) {
        if (epoch === 3) throw new Error('mine')
      },
    }),
  ],
])('the best weights come back when %s ends the run', async (_, ending) => {
  const abort = new AbortController()
  const best = earlyStopping({ patience: 50, mode: 'max', restoreBest: true })
  const trainer = new Trainer({ ...digits, epochs: 9, callbacks: [best, ending(abort)] })
  const { signal } = abort
  const epochs: MeasuredEvent[] = []
  const iterate = async (): Promise<void> => {
    for await (const event of trainer.fit({ signal }))
      if (event.type === 'epoch') epochs.push(event)
  }
  await iterate().catch(() => undefined)
  expect(epochs).toHaveLength(3)
  const { loss } = await trainer.evaluate('validation')
  expect(loss).toBe(epochs[0]?.metrics['val.loss'])
})

test('a callback that looks at each step may end the run at any of them', async () => {
  const seen: number[] = []
  const callback: Callback = {
    onStep({ step }) {
      seen.push(step)
      return { stop: step === 7, reason: 'seven' }
    },
  }
  const trainer = new Trainer({ ...digits, callbacks: [callback] })
  const { steps, stoppedBy, reason } = await trainer.fit()
  expect([steps, stoppedBy, reason]).toEqual([7, 'callback', 'seven'])
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('what a callback throws ends the run as it is', async () => {
  const mine = new TypeError('mine')
  const callback: Callback = {
    onEpoch() {
      throw mine
    },
  }
  const trainer = new Trainer({ ...digits, callbacks: [callback] })
  await expect(trainer.fit()).rejects.toBe(mine)
  expect(await isFiniteEverywhere(trainer)).toBe(true)
  const again = new Trainer({ ...digits, callbacks: [callback] })
  await expect(eventsOf(again)).rejects.toBe(mine)
})

test('the signal ends the run after a step, and the promise resolves', async () => {
  const abort = new AbortController()
  const trainer = new Trainer({ ...digits, epochs: 10_000 })
  const events: TrainingEvent[] = []
  const run = trainer.fit({ signal: abort.signal })
  for await (const event of run) {
    events.push(event)
    if (event.type === 'epoch' && event.epoch === 2) abort.abort()
  }
  const { stoppedBy, epochs } = await run
  expect(stoppedBy).toBe('signal')
  expect(epochs).toBeLessThan(10_000)
  expect(events.at(-1)).toMatchObject({ type: 'end', stoppedBy: 'signal' })
  expect(await isFiniteEverywhere(trainer)).toBe(true)
})

test('a signal that came before ends the run before its first step', async () => {
  const { steps, stoppedBy } = await new Trainer(digits).fit({ signal: AbortSignal.abort() })
  expect([steps, stoppedBy]).toEqual([0, 'signal'])
})

test('leaving the loop ends the run', async () => {
  const trainer = new Trainer({ ...digits, epochs: 10_000 })
  const run = trainer.fit()
  for await (const event of run) if (event.type === 'step') break
  expect((await run).stoppedBy).toBe('signal')
})

test('a training that goes on answers predictions between its calls', async () => {
  const trainer = new Trainer({ ...digits, epochs: 20 })
  const run = trainer.fit()
  const { shape } = await trainer.predict(new Uint8Array(64))
  expect(shape).toEqual([1, 10])
  expect((await run).stoppedBy).toBe('epochs')
})
