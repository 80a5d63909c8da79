// Metrics of a run: exact over a split whatever the batches, in events, reports and saved configs.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  accuracy,
  balancedAccuracy,
  binaryCrossEntropy,
  brier,
  cohenKappa,
  confusionMatrix,
  datasets,
  defineMetric,
  dense,
  expectedCalibrationError,
  f1,
  fBeta,
  fromArrays,
  logLoss,
  mape,
  mcc,
  meanAbsoluteError,
  meanSquaredError,
  metrics,
  perplexity,
  prAuc,
  precision,
  r2,
  recall,
  registerMetric,
  rmse,
  rocAuc,
  sequential,
  sigmoid,
  Tensor,
  topK,
  Trainer,
} from '../../src/index.ts'
import type { CustomMetric, MeasuredEvent, MetricConfig, RunConfig } from '../../src/index.ts'
import { digits as long, xor } from './small.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-metrics-'))
afterAll(() => rmSync(folder, { recursive: true }))

const digits: RunConfig = { ...long, data: datasets.digits({ validation: 0.8 }), epochs: 1 }

const ofClasses: readonly MetricConfig[] = [
  accuracy(),
  topK({ k: 2 }),
  balancedAccuracy(),
  precision(),
  recall({ average: 'weighted' }),
  f1(),
  fBeta({ beta: 2, average: 'micro' }),
  mcc(),
  cohenKappa(),
  rocAuc(),
  prAuc(),
  logLoss(),
  brier(),
  perplexity(),
  expectedCalibrationError(),
]

test('metrics of a split are those of all its predictions together, whatever the batches', async () => {
  const trainer = new Trainer({ ...digits, metrics: ofClasses })
  await trainer.fit()
  const measured = await trainer.evaluate('validation')
  for (const batchSize of [100, 1438]) {
    const other = new Trainer({ ...digits, metrics: ofClasses, batchSize })
    await other.setWeights(await trainer.weights())
    const found = (await other.evaluate('validation')).metrics
    expect(Object.keys(found)).toEqual(Object.keys(measured.metrics))
    const apart = Object.entries(found).filter(
      ([name, value]) => !(Math.abs(value - (measured.metrics[name] ?? Number.NaN)) < 5e-6),
    )
    expect(apart).toEqual([])
  }
  expect(measured.metrics['perplexity']).toBeCloseTo(Math.exp(measured.loss), 5)
})

test('metrics have the same bits on any number of threads', async () => {
  const found = []
  for (const threads of [1, 2, 3, 7]) {
    const trainer = new Trainer({ ...digits, metrics: ofClasses, threads })
    const { history } = await trainer.fit()
    found.push(history.map(({ metrics: values }) => values))
  }
  expect(found.slice(1)).toEqual([found[0], found[0], found[0]])
})

test('metrics that keep all samples are for measuring unless training is asked for', async () => {
  const seen: string[] = []
  const trainer = new Trainer({
    ...digits,
    metrics: [f1(), rocAuc(), prAuc({ training: true })],
    callbacks: [{ onStart: ({ monitors }) => void seen.push(...monitors) }],
  })
  const { history } = await trainer.fit()
  const names = ['train.f1', 'train.prAuc', 'val.loss', 'val.f1', 'val.rocAuc', 'val.prAuc']
  expect(Object.keys(history[0]?.metrics ?? {})).toEqual(names)
  expect(seen.toSorted()).toEqual([...names, 'loss'].toSorted())
  expect(history[0]?.metrics['val.rocAuc']).toBeGreaterThan(0.9)
})

test('the training metrics of an epoch are over all its steps, with accumulation too', async () => {
  const own = { ...digits, metrics: [accuracy(), f1()], batchSize: 64 }
  for (const accumulate of [1, 2]) {
    const hits: number[] = []
    const sizes: number[] = []
    let epoch: MeasuredEvent | undefined
    for await (const event of new Trainer({ ...own, accumulate }).fit()) {
      if (event.type === 'step') {
        const done = sizes.reduce((sum, size) => sum + size, 0)
        sizes.push(Math.min(64 * accumulate, 359 - done))
        hits.push((event.metrics['train.accuracy'] ?? 0) * (sizes.at(-1) ?? 0))
      }
      if (event.type === 'epoch') epoch = event
    }
    const right = hits.reduce((sum, one) => sum + one, 0)
    expect(epoch?.metrics['train.accuracy']).toBeCloseTo(right / 359, 6)
  }
})

test('tables and numbers for each class are details of the epoch and of evaluate', async () => {
  const asked = [confusionMatrix(), precision({ average: 'none' })]
  const trainer = new Trainer({ ...digits, metrics: asked })
  const { history } = await trainer.fit()
  const details = history[0]?.details ?? {}
  expect(Object.keys(details)).toEqual([
    'train.confusionMatrix',
    'train.precision.none',
    'val.confusionMatrix',
    'val.precision.none',
  ])
  const table = details['val.confusionMatrix'] as number[][]
  expect(table.flat().reduce((sum, one) => sum + one, 0)).toBe(1438)
  expect(JSON.parse(JSON.stringify(details))).toEqual(details)
  const measured = await trainer.evaluate('validation')
  expect(measured.details?.['confusionMatrix']).toEqual(table)
  expect(measured.metrics).toEqual({})
})

test('evaluate takes other metrics and makes the report with the names of the classes', async () => {
  const trainer = new Trainer({ ...digits, metrics: [accuracy()] })
  const options = { metrics: [balancedAccuracy(), confusionMatrix()], report: true }
  const { metrics: found, details, report } = await trainer.evaluate('validation', options)
  expect(Object.keys(found)).toEqual(['balancedAccuracy'])
  const table = details?.['confusionMatrix'] as number[][]
  const [target, chosen]: [number[], number[]] = [[], []]
  table.forEach((row, i) =>
    row.forEach((count, j) => {
      target.push(...Array.from({ length: count }, () => i))
      chosen.push(...Array.from({ length: count }, () => j))
    }),
  )
  expect(report).toEqual(metrics.classificationReport(target, chosen))
  expect(Object.keys((await trainer.evaluate('validation')).metrics)).toEqual(['accuracy'])
})

const x = Array.from({ length: 30 }, (_, i) => [Math.sin(i)])
const line: RunConfig = {
  ...xor,
  model: sequential([dense({ units: 1 })]),
  data: fromArrays({ x, y: x.map(([value = 0]) => [3 * value + 20]) }),
  loss: meanSquaredError(),
  batchSize: 7,
  epochs: 1,
}

test('errors of numbers are those of all predictions together', async () => {
  const asked = [meanSquaredError(), meanAbsoluteError(), rmse(), mape(), r2()]
  const trainer = new Trainer({ ...line, metrics: asked })
  const { loss, metrics: found } = await trainer.evaluate('train')
  const { values } = await trainer.predict(x)
  const y = x.map(([value = 0]) => 3 * value + 20)
  expect(found['meanSquaredError']).toBeCloseTo(loss, 3)
  expect(found['rmse']).toBeCloseTo(Math.sqrt(loss), 4)
  expect(found['meanAbsoluteError']).toBeCloseTo(metrics.meanAbsoluteError(y, values), 4)
  expect(found['mape']).toBeCloseTo(metrics.mape(y, values), 5)
  expect(found['r2']).toBeCloseTo(metrics.r2(y, values), 3)
})

test('the report of probabilities of one class takes one half as even', async () => {
  const trainer = new Trainer({
    ...line,
    model: sequential([dense({ units: 1 }), sigmoid()]),
    data: fromArrays({ x, y: x.map(([value = 0]) => [Number(value > 0)]) }),
    loss: binaryCrossEntropy({ fromLogits: false }),
  })
  const { values } = await trainer.predict(x)
  const chosen = [...values].map((p) => Number(p > 0.5))
  const target = x.map(([value = 0]) => Number(value > 0))
  const { report } = await trainer.evaluate('train', { report: true })
  expect(report).toEqual(metrics.classificationReport(target, chosen))
})

const bias = defineMetric({
  name: 'bias',
  batch: (output, target) => ({
    sum: output.sub(target).sum(),
    count: Tensor.full([], output.size),
  }),
  finish: ({ sum, count }) => (sum[0] ?? 0) / (count[0] ?? 0),
})

const within = registerMetric('within', ({ limit }: { limit: number }) => ({
  batch: (output, target) => ({
    hits: output.sub(target).abs().less(limit).sum(),
    all: Tensor.full([], output.size),
  }),
  finish: ({ hits, all }) => (hits[0] ?? 0) / (all[0] ?? 0),
}))

test('metrics of ones own are computed in the step, and saved runs know the registered ones', async () => {
  const trainer = new Trainer({ ...line, metrics: [bias, within({ limit: 100 })], epochs: 2 })
  const { history } = await trainer.fit()
  expect(Object.keys(history[0]?.metrics ?? {})).toEqual(['train.bias', 'train.within'])
  const found = (await trainer.evaluate('train')).metrics
  const { values } = await trainer.predict(x)
  const sum = x.reduce((total, [value = 0], i) => total + (values[i] ?? 0) - 3 * value - 20, 0)
  expect(found['bias']).toBeCloseTo(sum / 30, 4)
  expect(found['within']).toBe(1)
  const file = join(folder, 'own.safetensors')
  await trainer.save(file)
  const loaded = await Trainer.load(file, { data: line.data })
  expect(loaded.config.metrics).toEqual([within({ limit: 100 })])
  expect((await loaded.evaluate('train')).metrics['within']).toBe(1)
})

test.each<[string, readonly (MetricConfig | CustomMetric)[], RegExp]>([
  ['two of one name', [f1(), f1()], /^metrics\.1: named `f1`, as metrics\.0 is/],
  ['a name that is taken', [{ ...bias, name: 'loss' }], /^metrics\.0: named `loss`/],
  [
    'an average that is none',
    [f1({ average: 'mean' as never })],
    /^metrics\.0\.average: expected one of/,
  ],
  [
    'a beta below 0',
    [fBeta({ beta: -1 })],
    /^metrics\.0\.beta: expected a number of? ?at least 0|^metrics\.0\.beta/,
  ],
  [
    'no top at all',
    [topK({ k: 0 })],
    /^metrics\.0\.k: expected a whole number of at least 1, got 0/,
  ],
  ['no bins', [expectedCalibrationError({ bins: 0 })], /^metrics\.0\.bins/],
  [
    'a metric that does not exist',
    [{ type: 'acuracy' } as never],
    /^metrics\.0.*did you mean "accuracy"/,
  ],
])('%s is refused by its path', (_, asked, message) => {
  expect(() => new Trainer({ ...line, metrics: asked })).toThrow(message)
})
