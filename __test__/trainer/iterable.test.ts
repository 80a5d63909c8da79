// Training on samples out of anything that can be iterated over, in memory and as they come.

import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import {
  dense,
  flow,
  fromArrays,
  fromIterable,
  meanSquaredError,
  sequential,
  sgd,
  Trainer,
} from '../../src/index.ts'
import type { Callback, RunConfig, Sample, TrainingEvent } from '../../src/index.ts'
import { codeOf, hashOf } from './small.ts'

const count = 300

function sample(i: number): Sample {
  const x = [Math.sin(i), Math.cos(2 * i), ((i * 7) % 11) / 11]
  return { x, y: [x[0] ?? 0, (x[1] ?? 0) - 0.5] }
}

const all = Array.from({ length: count }, (_, i) => sample(i))

const config: RunConfig = {
  model: sequential([dense({ units: 8, activation: 'tanh' }), dense({ units: 2 })]),
  data: fromIterable(all),
  loss: meanSquaredError(),
  optimizer: sgd({ learningRate: 0.1 }),
  batchSize: 16,
  epochs: 3,
  seed: 4,
  threads: 1,
}

async function* promised(): AsyncGenerator<Sample> {
  for (const one of all) yield Promise.resolve(one)
}

test('a run on samples in memory is that on arrays, whatever they come out of', async () => {
  const arrays = fromArrays({
    x: all.map(({ x }) => x as number[]),
    y: all.map(({ y }) => y as number[]),
  })
  const wanted = new Trainer({ ...config, data: arrays })
  await wanted.fit()
  for (const source of [all, promised(), () => all, flow(all)]) {
    const trainer = new Trainer({ ...config, data: fromIterable(source) })
    await trainer.fit()
    expect(await hashOf(trainer)).toBe(await hashOf(wanted))
  }
})

test('samples as they come train like those in memory that are not shuffled', async () => {
  const wanted = new Trainer({ ...config, shuffle: false })
  await wanted.fit()
  for (const source of [() => promised(), flow(all).prefetch(40)]) {
    const data = fromIterable(source, { samples: count })
    const trainer = new Trainer({ ...config, data })
    const { steps, epochs } = await trainer.fit()
    expect([steps, epochs]).toEqual([3 * Math.ceil(count / 16), 3])
    expect(await hashOf(trainer)).toBe(await hashOf(wanted))
  }
})

test('a flow with changes of its own in every epoch gives one result, also after an interruption', async () => {
  const changing = flow(all)
    .shuffle({ buffer: 64 })
    .map(({ x, y }, { random }) => ({
      x: (x as number[]).map((value) => value + 0.1 * random()),
      y,
    }))
  const data = fromIterable(changing, { samples: count })
  const whole = new Trainer({ ...config, data, epochs: 4 })
  await whole.fit()
  const stop = new AbortController()
  const watch: Callback = {
    onStep: ({ step }) => {
      if (step === 30) stop.abort()
    },
  }
  const trainer = new Trainer({ ...config, data, callbacks: [watch] })
  const first = await trainer.fit({ signal: stop.signal })
  const second = await trainer.fit()
  expect([first.steps, first.steps + second.steps]).toEqual([30, 4 * 19])
  expect(await hashOf(trainer)).toBe(await hashOf(whole))
})

test('validation and test samples of a stream are measured like any others', async () => {
  const data = fromIterable(() => all, {
    samples: count,
    validation: all.slice(0, 50),
    test: () => all.slice(50, 90),
  })
  const trainer = new Trainer({ ...config, data })
  const { history } = await trainer.fit()
  expect(history.at(-1)?.metrics['val.loss']).toBeGreaterThan(0)
  expect((await trainer.evaluate('test')).samples).toBe(40)
  const other = await trainer.evaluate(fromIterable(all.slice(50, 90)))
  expect(other.loss).toBe((await trainer.evaluate('test')).loss)
})

const bad: unknown[] = [
  { x: [1, 2], y: [0, 0] },
  { x: [1, Number.NaN, 2], y: [0, 0] },
  { y: [0, 0] },
  'no sample',
  { x: [1, 2, 3], y: [0, 0], weight: 2 },
]

test.each(bad)('a sample %j that is unlike the first is refused by its number', async (one) => {
  const data = fromIterable([...all.slice(0, 7), one as Sample])
  const trainer = new Trainer({ ...config, data })
  const message: unknown = await trainer.fit().catch((error: unknown) => (error as Error).message)
  expect(message).toMatch(/^data\.source: sample 7: /)
})

test('bad samples are left out, counted and named where that is wanted', async () => {
  const mixed = all.flatMap((one, i) =>
    i % 60 === 5 ? [one, bad[i % bad.length] as Sample] : [one],
  )
  const clean = new Trainer({ ...config, shuffle: false })
  await clean.fit()
  for (const samples of [undefined, count]) {
    const data = fromIterable(() => mixed, { samples, onBadSample: 'skip' })
    const trainer = new Trainer({ ...config, shuffle: false, data, epochs: 3 })
    const warnings: TrainingEvent[] = []
    for await (const event of trainer.fit()) if (event.type === 'warning') warnings.push(event)
    expect(await hashOf(trainer)).toBe(await hashOf(clean))
    expect(warnings[0]).toMatchObject({
      message: expect.stringMatching(/left out 5 samples.*sample 6: /),
    })
  }
})

test.each([
  ['DATA', fromIterable([])],
  ['DATA', fromIterable(() => [], { samples: 3 })],
  ['DATA', fromIterable(() => all, { samples: count + 1 })],
  ['DATA', fromIterable(promised(), { samples: count })],
  ['CONFIG', fromIterable(all, { samples: 10, normalise: 'standard' })],
  ['CONFIG', fromIterable(all, { samples: 10, validation: 0.2 })],
  ['CONFIG', fromIterable(all, { validation: 1.5 })],
  ['CONFIG', fromIterable(3 as never)],
  ['CONFIG', fromIterable(all, { onBadSample: 'ignore' as never })],
])('%s is the answer to %j', async (code, data) => {
  expect(await codeOf(() => new Trainer({ ...config, data }).fit())).toBe(code)
})

test('a cache reads its source once, and later runs map what was written', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'attune-cache-')), 'train')
  let passes = 0
  const source = function* (): Generator<Sample> {
    passes += 1
    yield* all
  }
  const wanted = new Trainer(config)
  await wanted.fit()
  for (let run = 0; run < 2; run++) {
    const data = fromIterable(source, { cache: folder })
    const trainer = new Trainer({ ...config, data })
    await trainer.fit()
    expect(await hashOf(trainer)).toBe(await hashOf(wanted))
  }
  expect(passes).toBe(1)
  truncateSync(join(folder, 'x.bin'), 100)
  const cut = new Trainer({ ...config, data: fromIterable(source, { cache: folder }) })
  expect(await codeOf(() => cut.fit())).toBe('CORRUPT')
  writeFileSync(join(folder, 'cache.json'), '{"version":1}')
  expect(await codeOf(() => cut.fit())).toBe('CORRUPT')
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'a file in its place')
  expect(await codeOf(() => cut.fit())).toBe('IO')
})
