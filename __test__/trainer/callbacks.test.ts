// Callbacks in a run: when they are asked, what their decisions do, and what the described ones write.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  csvLogger,
  dense,
  dropout,
  evidenceStopping,
  fromArrays,
  gradientNormStopping,
  jsonlLogger,
  meanSquaredError,
  reduceOnPlateau,
  sequential,
  sgd,
  stopAfter,
  stopAtTarget,
  stopOnNaN,
  Trainer,
  updateRatioStopping,
} from '../../src/index.ts'
import type { Callback, GradientMoments, RunConfig, TrainingEvent } from '../../src/index.ts'
import { cnn, codeOf, digits, hashOf, isFiniteEverywhere, xor } from './small.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-callbacks-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Four samples of which the third one's loss is infinite. */
const poisoned: RunConfig = {
  ...xor,
  model: dense({ units: 1 }),
  loss: meanSquaredError(),
  data: fromArrays({ x: [[1], [2], [3e38], [3]], y: [[1], [2], [3], [4]] }),
  optimizer: sgd({ learningRate: 0.01 }),
  batchSize: 1,
  shuffle: false,
  epochs: 3,
}

test('callbacks are asked at the start, after steps, validation and epochs, and at the end', async () => {
  const asked: string[] = []
  const note = (hook: string): void => void (asked.at(-1) === hook || asked.push(hook))
  const callback: Callback = {
    onStart: () => note('start'),
    onStep: () => note('step'),
    onValidation: ({ metrics, history }) => {
      note('validation')
      expect(metrics['val.loss']).toBeGreaterThan(0)
      expect(history.length).toBe(asked.filter((hook) => hook === 'epoch').length)
    },
    onEpoch: () => note('epoch'),
    onEnd: () => note('end'),
  }
  await new Trainer({ ...digits, callbacks: [callback] }).fit()
  const epoch = ['step', 'validation', 'epoch']
  expect(asked).toEqual(['start', ...epoch, ...epoch, 'end'])
})

test('a callback may leave steps to longer calls, and sees the ends of those it asked for', async () => {
  const seen: number[] = []
  const callback: Callback = {
    stepsUntil: ({ step }) => 20 - (step % 20),
    onStep: ({ step }) => void (step % 20 === 0 && seen.push(step)),
  }
  const trainer = new Trainer({ ...digits, callbacks: [callback] })
  await trainer.fit()
  expect(seen).toEqual([20, 40, 60, 80])
  const plain = new Trainer(digits)
  await plain.fit()
  expect(await hashOf(trainer)).toBe(await hashOf(plain))
})

test('a callback is told the events that the iterator gives, without being asked at each step', async () => {
  const told: TrainingEvent[] = []
  const callback: Callback = { onEvents: (events) => void told.push(...events) }
  const given: TrainingEvent[] = []
  const trainer = new Trainer({ ...digits, callbacks: [callback] })
  for await (const event of trainer.fit()) given.push(event)
  expect(told).toEqual(given)
  const alone: string[] = []
  const quiet: Callback = {
    onEvents: (events) => void alone.push(...events.map(({ type }) => type)),
  }
  await new Trainer({ ...digits, callbacks: [quiet] }).fit()
  expect(alone).toEqual(given.map(({ type }) => type))
})

test.each(['onStart', 'onStep', 'onValidation', 'onEpoch', 'onEvents', 'onEnd'] as const)(
  'what a callback throws in %s ends the run with its error and the weights saved',
  async (hook) => {
    const mine = new TypeError('mine')
    const callback: Callback = {
      [hook]: () => {
        throw mine
      },
    }
    const name = `throws-${hook}`
    const trainer = new Trainer({ ...digits, callbacks: [callback], runs: folder, name })
    await expect(trainer.fit()).rejects.toBe(mine)
    const saved = await Trainer.load(join(folder, name, 'weights.safetensors'))
    expect(await hashOf(saved)).toBe(await hashOf(trainer))
  },
)

test('a limit of steps ends the run at that step, and each call of fit counts anew', async () => {
  const trainer = new Trainer({ ...digits, callbacks: [stopAfter({ steps: 50 })] })
  const { steps, stoppedBy, reason, epochs } = await trainer.fit()
  expect([steps, stoppedBy, reason, epochs]).toEqual([50, 'stopAfter', '50 steps are done', 1])
  expect((await trainer.fit()).steps).toBe(50)
})

test('a limit of seconds that is over at once ends the run after its first call', async () => {
  const limit = stopAfter({ seconds: Number.MIN_VALUE })
  const trainer = new Trainer({ ...digits, callbacks: [limit] })
  const { steps, stoppedBy } = await trainer.fit({ stepsPerCall: 4 })
  expect([steps, stoppedBy]).toEqual([4, 'stopAfter'])
})

test('a target ends the run at the epoch that reaches it', async () => {
  const target = stopAtTarget({ monitor: 'val.accuracy', target: 0.9 })
  const { history, stoppedBy } = await new Trainer({
    ...digits,
    epochs: 30,
    callbacks: [target],
  }).fit()
  const found = history.map(({ metrics }) => (metrics['val.accuracy'] ?? 0) >= 0.9)
  expect(stoppedBy).toBe('stopAtTarget')
  expect([found.indexOf(true), found.length]).toEqual([found.length - 1, found.length])
})

test('a gradient that has become small ends the run', async () => {
  const norms: number[] = []
  const watch: Callback = { onStep: ({ gradientNorm }) => void norms.push(gradientNorm ?? 0) }
  const stopping = gradientNormStopping({ threshold: 0.05, patience: 2, every: 1 })
  const trainer = new Trainer({ ...xor, epochs: 1000, callbacks: [watch, stopping] })
  expect((await trainer.fit()).stoppedBy).toBe('gradientNormStopping')
  const below = norms.map((norm) => norm < 0.05)
  expect(below.slice(-2)).toEqual([true, true])
  expect(below.slice(0, -1).some((is, i) => is && below[i - 1] === true)).toBe(false)
})

test('steps that hardly move the weights end the run', async () => {
  const still = { ...digits, epochs: 20, optimizer: sgd({ learningRate: 1e-9 }) }
  const stopping = updateRatioStopping({ threshold: 1e-6, patience: 2, every: 10 })
  const { steps, stoppedBy } = await new Trainer({ ...still, callbacks: [stopping] }).fit()
  expect([steps, stoppedBy]).toEqual([20, 'updateRatioStopping'])
  const moving = await new Trainer({ ...digits, epochs: 1, callbacks: [stopping] }).fit()
  expect(moving.stoppedBy).toBe('epochs')
})

/** The gradient moments that a callback finds before the first step. */
async function momentsOf(config: RunConfig, samples: number): Promise<GradientMoments> {
  let found: GradientMoments | undefined
  const callback: Callback = {
    onStart: async ({ probe }) => void (found = await probe.gradientMoments(samples)),
  }
  await new Trainer({ ...config, epochs: 0, callbacks: [callback] }).fit()
  if (found === undefined) throw new Error('the callback was not asked')
  return found
}

test('the mean of the gradients of all samples is what a step of plain descent takes', async () => {
  const config = { ...xor, optimizer: sgd({ learningRate: 1 }), epochs: 1 }
  const { samples, mean, variance } = await momentsOf(config, 100)
  expect(samples).toBe(4)
  const trainer = new Trainer(config)
  const before = Object.values(await trainer.weights())
  await trainer.fit()
  const after = Object.values(await trainer.weights())
  const steps = before.flatMap((values, at) =>
    Array.from(values, (value, i) => value - (after[at]?.[i] ?? 0)),
  )
  expect([...mean]).toEqual(steps.map((step) => expect.closeTo(step, 5) as number))
  expect(variance.every((value) => value >= 0)).toBe(true)
  expect(variance.some((value) => value > 0)).toBe(true)
})

test('gradients of samples are the same however dropout falls, and leave the training as it was', async () => {
  const model = sequential([
    dense({ units: 8, activation: 'tanh' }),
    dropout({ rate: 0.5 }),
    dense({ units: 2 }),
  ])
  const [first, second] = [
    await momentsOf({ ...xor, model }, 4),
    await momentsOf({ ...xor, model }, 4),
  ]
  expect(second).toEqual(first)
  const looking = evidenceStopping({ samples: 16, every: 20, patience: 1000 })
  const watched = new Trainer({ ...cnn, callbacks: [looking] })
  const plain = new Trainer(cnn)
  await Promise.all([watched.fit(), plain.fit()])
  expect(await hashOf(watched)).toBe(await hashOf(plain))
})

test('the evidence ends a run when what is left in the data is noise', async () => {
  const x = Array.from({ length: 256 }, (_, i) => [((i * 37) % 64) / 32 - 1])
  const y = x.map(([value = 0], i) => [3 * value + (i % 128 < 64 ? 1 : -1)])
  const callbacks = [evidenceStopping({ samples: 256 })]
  const optimizer = sgd({ learningRate: 0.05 })
  const data = fromArrays({ x, y })
  const trainer = new Trainer({
    ...poisoned,
    data,
    optimizer,
    callbacks,
    batchSize: 64,
    epochs: 200,
  })
  const { stoppedBy, history } = await trainer.fit()
  const losses = history.map(({ loss }) => loss)
  expect(stoppedBy).toBe('evidenceStopping')
  expect(losses[0]).toBeGreaterThan(2)
  expect(losses.at(-1)).toBeLessThan(1.2)
})

test('a plateau scales the rate of what follows, of later calls, and of what is loaded', async () => {
  const callback: Callback = {
    onEpoch: ({ epoch }) => ({ scaleLearningRate: epoch === 1 ? 0.5 : 1 }),
  }
  const trainer = new Trainer({
    ...digits,
    optimizer: sgd({ learningRate: 0.1 }),
    callbacks: [callback],
  })
  const { history } = await trainer.fit()
  expect(history.map(({ learningRate }) => learningRate)).toEqual([0.1, 0.05])
  expect((await trainer.learningRates())[0]).toBe(0.05)
  const file = join(folder, 'scaled.safetensors')
  await trainer.save(file)
  const loaded = await Trainer.load(file)
  expect((await loaded.fit()).history.map(({ learningRate }) => learningRate)).toEqual([0.05, 0.05])
  const plateau = reduceOnPlateau({ monitor: 'loss', mode: 'max', factor: 0.5, patience: 0 })
  const reduced = new Trainer({ ...digits, epochs: 4, callbacks: [plateau] })
  const rates = (await reduced.fit()).history.map(({ learningRate }) => learningRate)
  expect(rates).toEqual([5e-3, 5e-3, 2.5e-3, 1.25e-3])
})

test('stopOnNaN ends a run that diverges without an error, with the last good weights', async () => {
  const config = { ...digits, optimizer: sgd({ learningRate: 1e30 }) }
  expect(await codeOf(() => new Trainer(config).fit())).toBe('DIVERGED')
  const trainer = new Trainer({ ...config, callbacks: [stopOnNaN()] })
  const { stoppedBy, reason } = await trainer.fit()
  expect([stoppedBy, reason]).toEqual([
    'stopOnNaN',
    expect.stringMatching(/NaN or infinite at step/),
  ])
  expect(await isFiniteEverywhere(trainer)).toBe(true)
})

test('a bad batch can be left out, and the run goes on with the next one', async () => {
  const { steps, reason } = await new Trainer({ ...poisoned, callbacks: [stopOnNaN()] }).fit()
  expect([steps, reason]).toEqual([2, expect.stringMatching(/step 3/)])
  const trainer = new Trainer({ ...poisoned, callbacks: [stopOnNaN({ skip: 1 })] })
  const events: TrainingEvent[] = []
  for await (const event of trainer.fit()) events.push(event)
  const left = events.filter(({ type }) => type === 'warning')
  expect(left.map((event) => 'message' in event && event.message)).toEqual(
    [3, 7, 11].map(
      (step) => expect.stringMatching(new RegExp(`^left out: step ${step} `)) as string,
    ),
  )
  const kept = [1, 2, 4, 5, 6, 8, 9, 10, 12]
  expect(events.filter(({ type }) => type === 'step').map(({ step }) => step)).toEqual(kept)
  expect(events.at(-1)).toMatchObject({ stoppedBy: 'epochs', step: 12 })
  expect(
    events.filter(({ type }) => type === 'epoch').every(({ loss }) => Number.isFinite(loss)),
  ).toBe(true)
  expect(await isFiniteEverywhere(trainer)).toBe(true)
})

test('a JSONL log holds the events of the run', async () => {
  const file = join(folder, 'deep', 'run.jsonl')
  const given: TrainingEvent[] = []
  const trainer = new Trainer({ ...digits, callbacks: [jsonlLogger({ file })] })
  for await (const event of trainer.fit()) given.push(event)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(given)
  const more = new Trainer({
    ...digits,
    epochs: 0,
    callbacks: [jsonlLogger({ file, append: true })],
  })
  await more.fit()
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(lines.length + 2)
})

test('a CSV log has a row for each epoch, or for each step', async () => {
  const [epochs, steps] = [join(folder, 'epochs.csv'), join(folder, 'steps.csv')]
  const logs = [csvLogger({ file: epochs }), csvLogger({ file: steps, every: 'step' })]
  const { history } = await new Trainer({ ...digits, callbacks: logs }).fit()
  const [header, ...rows] = readFileSync(epochs, 'utf8').trimEnd().split('\r\n')
  const last = 'learningRate,gradientNorm,samplesPerSecond'
  expect(header).toBe(`step,epoch,loss,val.loss,train.accuracy,val.accuracy,${last}`)
  expect(rows.map((row) => row.split(',').slice(0, 4).map(Number))).toEqual(
    history.map(({ step, epoch, loss, metrics }) => [step, epoch, loss, metrics['val.loss']]),
  )
  const lines = readFileSync(steps, 'utf8').trimEnd().split('\r\n')
  expect([lines[0], lines.length]).toEqual([`step,epoch,loss,train.accuracy,${last}`, 91])
  await new Trainer({
    ...digits,
    epochs: 1,
    callbacks: [csvLogger({ file: epochs, append: true })],
  }).fit()
  const more = readFileSync(epochs, 'utf8').trimEnd().split('\r\n')
  expect([more[0], more.length]).toEqual([header, 4])
})

test('a log that cannot be written is found before the first step', async () => {
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  const trainer = new Trainer({
    ...digits,
    callbacks: [csvLogger({ file: join(file, 'log.csv') })],
  })
  expect(await codeOf(() => trainer.fit())).toBe('IO')
  expect(await hashOf(trainer)).toBe(await hashOf(new Trainer(digits)))
})
