// What a trainer refuses: every bad input by its code, in words that say where and what to do.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  conv2d,
  datasets,
  dense,
  embedding,
  flatten,
  fromArrays,
  maxPool2d,
  sequential,
  sgd,
  Trainer,
} from '../../src/index.ts'
import type { RunConfig, TrainingEvent } from '../../src/index.ts'
import { cnn, codeOf, digits, hashOf, isFiniteEverywhere, xor } from './small.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-bad-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function problemOf(body: () => unknown): Promise<{ code?: unknown; message: string }> {
  try {
    await body()
  } catch (error) {
    return { code: (error as { code?: unknown }).code, message: (error as Error).message }
  }
  return { message: 'nothing was thrown' }
}

test.each([0, 1.5, Number.NaN, 2 ** 53, -1, '32', null])(
  'a batch size of %s is refused by its path',
  async (batchSize) => {
    const config = { ...digits, batchSize } as unknown as RunConfig
    const { code, message } = await problemOf(() => new Trainer(config))
    expect([code, message]).toEqual([
      'CONFIG',
      expect.stringMatching(/^batchSize: expected a whole/),
    ])
  },
)

test.each([
  [
    { optimizer: { type: 'sgd', learningRate: { type: 'cosine', initial: -0.1 } } },
    'optimizer.learningRate.initial: expected a number above 0, got -0.1',
  ],
  [
    { optimizer: { type: 'sgd', learningRate: { type: 'sequence', parts: [] } } },
    'optimizer.learningRate.parts: expected an array of at least one part',
  ],
  [
    { callbacks: [{ type: 'earlyStopping', patience: -1 }] },
    'callbacks.0.patience: expected a whole number of at least 1, got -1',
  ],
  [{ batchSize: { type: 'growingBatch' } }, 'batchSize.initial: expected a whole number'],
])('%j is refused by its path', async (changes, message) => {
  const config = { ...digits, ...changes } as unknown as RunConfig
  expect((await problemOf(() => new Trainer(config))).message).toContain(message)
})

test.each([
  ['epochs', -1],
  ['seed', 0.5],
  ['threads', 0],
  ['threads', 1e6],
  ['memoryLimit', -5],
  ['shuffle', 'no'],
  ['name', '../elsewhere'],
  ['metrics', [{ type: 'acuracy' }]],
  ['loss', { type: 'crossentropy' }],
  ['callbacks', [{ type: 'earlyStopping', patience: 0 }]],
])('an option `%s` of %j is refused', async (option, value) => {
  const config = { ...digits, [option]: value } as unknown as RunConfig
  const { code, message } = await problemOf(() => new Trainer(config))
  expect([code, message.startsWith(option)]).toEqual(['CONFIG', true])
})

test('an unknown option is answered with the nearest known name, at any depth', async () => {
  const model = { type: 'sequential', layers: [{ type: 'dense', unts: 10 }] }
  const optimizer = { type: 'adam', learning_rate: 1 }
  const config = { ...digits, batch_size: 3, model, optimizer } as unknown as RunConfig
  const { code, message } = await problemOf(() => new Trainer(config))
  expect(code).toBe('CONFIG')
  expect(message).toMatch(/unknown option `batch_size`; did you mean `batchSize`/)
  expect(message).toMatch(/model\.layers\.0: unknown option `unts`; did you mean `units`/)
  expect(message).toMatch(/optimizer: unknown option `learning_rate`; did you mean `learningRate`/)
})

test('a layer whose input has the wrong rank is named', async () => {
  const model = sequential([flatten(), conv2d({ filters: 4, kernelSize: 3 })])
  const { code, message } = await problemOf(() => new Trainer({ ...digits, model }).fit())
  expect([code, message]).toEqual(['SHAPE', expect.stringMatching(/^layers\.1: /)])
})

test.each([conv2d({ filters: 4, kernelSize: 9 }), maxPool2d({ poolSize: 9 })])(
  'a window larger than its input is refused: $type',
  async (large) => {
    const model = sequential([large, flatten(), dense({ units: 10 })])
    const { code, message } = await problemOf(() => new Trainer({ ...digits, model }).plan())
    expect([code, message]).toEqual(['SHAPE', expect.stringMatching(/^layers\.0: /)])
  },
)

test('labels that the last layer has no score for are found before training', async () => {
  const model = sequential([flatten(), dense({ units: 9 })])
  const { code, message } = await problemOf(() => new Trainer({ ...digits, model }).fit())
  expect([code, message]).toEqual(['DATA', expect.stringMatching(/came 9 in sample \d+/)])
  const negative = fromArrays({ x: [[1], [2]], y: [0, -1] })
  expect(await codeOf(() => new Trainer({ ...xor, data: negative }).fit())).toBe('DATA')
})

test('NaN in the data is found before training', async () => {
  const data = fromArrays({ x: [[1], [Number.NaN]], y: [0, 1] })
  expect(await codeOf(() => new Trainer({ ...xor, data }).fit())).toBe('DATA')
})

test('a detached buffer is refused, as data and as samples', async () => {
  const detached = new Float32Array(8)
  structuredClone(detached.buffer, { transfer: [detached.buffer] })
  const data = fromArrays({ x: detached, y: [0, 1, 0, 1] })
  expect(await codeOf(() => new Trainer({ ...xor, data }).fit())).toBe('DATA')
  expect(await codeOf(() => new Trainer(xor).predict(detached))).toBe('DATA')
})

test('samples of another shape, or that the type cannot hold, are refused', async () => {
  const trainer = new Trainer(digits)
  expect(await codeOf(() => trainer.predict(new Uint8Array(65)))).toBe('SHAPE')
  expect(await codeOf(() => trainer.predict([[1, 2, 3]]))).toBe('SHAPE')
  expect(await codeOf(() => trainer.predict([Array.from({ length: 64 }, () => 300)]))).toBe('DATA')
  expect((await trainer.predict([])).shape).toEqual([0, 10])
})

test('what does not fit in memory is refused, and the trainer lives', async () => {
  const small = new Trainer({ ...cnn, memoryLimit: 100_000 })
  const { code, message } = await problemOf(() => small.fit())
  expect([code, message]).toEqual(['MEMORY', expect.stringMatching(/batch/)])
  const wide = sequential([flatten(), dense({ units: 2 ** 40 }), dense({ units: 10 })])
  expect(await codeOf(() => new Trainer({ ...digits, model: wide }).fit())).toMatch(/MEMORY|SHAPE/)
  expect((await small.predict(new Uint8Array(64))).shape).toEqual([1, 10])
})

test('a second fit while one goes on is refused, and the first goes on', async () => {
  const trainer = new Trainer(digits)
  const first = trainer.fit()
  expect(await codeOf(() => trainer.fit())).toBe('CONFIG')
  expect((await first).steps).toBe(90)
  expect((await trainer.fit()).steps).toBe(90)
})

test('a truncated or lying data file is refused', async () => {
  const root = join(folder, 'idx')
  const header = Buffer.alloc(16)
  header.writeUInt32BE(0x803, 0)
  for (const at of [4, 8, 12]) header.writeUInt32BE(1000, at)
  const { mkdirSync } = await import('node:fs')
  mkdirSync(root)
  for (const part of ['train', 't10k']) {
    writeFileSync(join(root, `${part}-images-idx3-ubyte`), header)
    writeFileSync(join(root, `${part}-labels-idx1-ubyte`), header.subarray(0, 5))
  }
  const data = datasets.fashionMnist({ root })
  expect(await codeOf(() => new Trainer({ ...digits, data }).fit())).toBe('CORRUPT')
  const absent = datasets.fashionMnist({ root: join(folder, 'absent') })
  expect(await codeOf(() => new Trainer({ ...digits, data: absent }).fit())).toBe('IO')
})

test('a run folder that cannot be written is found before training', async () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const events: TrainingEvent[] = []
  const run = new Trainer({ ...digits, runs: file, name: 'run' }).fit()
  const iterate = async (): Promise<void> => {
    for await (const event of run) events.push(event)
  }
  const { code, message } = await problemOf(iterate)
  expect([code, message]).toEqual(['IO', expect.stringMatching(/the run folder cannot be written/)])
  expect(events).toEqual([])
})

test('a loss that becomes NaN ends the run and keeps the last good weights', async () => {
  const optimizer = sgd({ learningRate: 1e30 })
  const runs = join(folder, 'runs')
  const trainer = new Trainer({ ...digits, optimizer, runs, name: 'diverged' })
  const events: TrainingEvent[] = []
  const iterate = async (): Promise<void> => {
    for await (const event of trainer.fit({ stepsPerCall: 20 })) events.push(event)
  }
  const { code, message } = await problemOf(iterate)
  expect([code, message]).toEqual([
    'DIVERGED',
    expect.stringMatching(/^step \d+ \(epoch 1\): .*1e\+30/),
  ])
  expect(await isFiniteEverywhere(trainer)).toBe(true)
  expect(events.at(-1)).toMatchObject({ type: 'end', stoppedBy: 'error', error: { code } })
  const saved = await Trainer.load(join(runs, 'diverged', 'weights.safetensors'))
  expect(await hashOf(saved)).toBe(await hashOf(trainer))
})

test('a model without a weight to train is refused', async () => {
  const model = sequential([flatten()])
  const { code, message } = await problemOf(() => new Trainer({ ...digits, model }).fit())
  expect([code, message]).toEqual(['CONFIG', expect.stringMatching(/at least one weight/)])
})

test('a word outside of the vocabulary ends the run by its layer, with the weights as they were', async () => {
  const trainer = new Trainer({
    ...xor,
    model: sequential([embedding({ vocabularySize: 3, units: 2 }), flatten(), dense({ units: 2 })]),
    data: fromArrays({
      x: Int32Array.of(0, 1, 2, 3),
      y: [0, 1, 1, 0],
    }),
    batchSize: 2,
    shuffle: false,
    epochs: 1,
  })
  const before = await hashOf(trainer)
  const { code, message } = await problemOf(() => trainer.fit({ stepsPerCall: 2 }))
  expect([code, message]).toEqual([
    'DATA',
    'layers.0: expected indices from 0 to 2, came 3 at place 1',
  ])
  expect(await hashOf(trainer)).not.toBe(before)
  expect(await isFiniteEverywhere(trainer)).toBe(true)
})
