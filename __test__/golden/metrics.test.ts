// Every metric beside scikit-learn: on arrays, and natively over batches of unequal size. metrics.py
// makes the file; what goes in is computed on both sides.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { metrics, reportText } from '../../src/index.ts'
import type { ClassificationReport, MetricConfig } from '../../src/index.ts'
import { metricOf, metricTypes, Tally } from '../../src/metrics/index.ts'
import type { MetricValue } from '../../src/metrics/index.ts'
import { evaluate, Tensor } from '../../src/tensor/index.ts'
import { apart, numbers } from './numbers.ts'

interface Case {
  readonly data: string
  readonly config: MetricConfig
  readonly value: MetricValue
}
interface Report {
  readonly data: string
  readonly report: ClassificationReport
  readonly text: string
}

const all = JSON.parse(readFileSync(join(import.meta.dirname, 'metrics.json'), 'utf8')) as readonly (
  | Case
  | Report
)[]
const cases = all.filter((one) => 'config' in one)
const reports = all.filter((one) => 'report' in one)
const samples = 60

/** Outputs and targets, as `data` of metrics.py has them, with the numbers of each sample. */
function dataOf(name: string): { output: Float32Array; target: number[]; width: number } {
  if (name.startsWith('regression')) {
    const width = name === 'regression' ? 2 : 1
    const far = name === 'regression far' ? 1000 : 0
    const target = numbers(`${name} y`, [samples * width]).map((value) => value + far)
    return { output: numbers(`${name} x`, [samples * width]), target: [...target], width }
  }
  const [width, occurring] = { binary: [1, 2], multi: [4, 4], rare: [6, 4] }[name] as [number, number]
  const raw = numbers(`${name} x`, [samples * width])
  const target = Array.from(numbers(`${name} y`, [samples]), (value) =>
    Math.floor(((value + 2) / 4) * occurring),
  )
  const output = raw.map((value, i) => {
    const [row, column] = [Math.floor(i / width), i % width]
    if (name === 'rare' && column === 5) return -2
    return value + (width > 1 && target[row] === column ? 0.5 : 0)
  })
  return { output, target, width }
}

function rowsOf(name: string): number[][] {
  const { output, width } = dataOf(name)
  return Array.from({ length: samples }, (_, i) => [...output.subarray(i * width, (i + 1) * width)])
}

function chosenOf(name: string): number[] {
  return rowsOf(name).map((row) =>
    row.length === 1 ? Number((row[0] ?? 0) > 0) : row.indexOf(Math.max(...row)),
  )
}

function probabilitiesOf(name: string): number[] {
  return rowsOf(name).flatMap((row) => {
    if (row.length === 1) return [1 / (1 + Math.exp(-(row[0] ?? 0)))]
    const powers = row.map(Math.exp)
    const total = powers.reduce((sum, one) => sum + one, 0)
    return powers.map((one) => one / total)
  })
}

const ofChosen = new Set(
  'accuracy balancedAccuracy cohenKappa confusionMatrix f1 fBeta mcc precision recall'.split(' '),
)

function onArrays(name: string, { type, ...options }: MetricConfig): MetricValue {
  const { output, target, width } = dataOf(name)
  const measure = metrics[type as 'f1'] as (...given: unknown[]) => MetricValue
  const classes = Math.max(2, width)
  if (ofChosen.has(type)) return measure(target, chosenOf(name), { ...options, classes })
  if (name.startsWith('regression')) return measure(target, output, { outputs: width })
  return measure(target, type === 'topK' ? output : probabilitiesOf(name), options)
}

/** In batches of 25, 25 and 10, added up as a trainer does it. */
async function natively(name: string, config: MetricConfig): Promise<MetricValue> {
  const { output, target, width } = dataOf(name)
  const metric = metricOf(config)
  const tally = new Tally(metric)
  const isNumber = name.startsWith('regression')
  for (const [from, to] of [
    [0, 25],
    [25, 50],
    [50, 60],
  ] as const) {
    const x = Tensor.from(output.slice(from * width, to * width), [to - from, width])
    const y = isNumber
      ? Tensor.from(target.slice(from * width, to * width), [to - from, width])
      : Tensor.from(target.slice(from, to), [to - from], 'int32')
    const batch = metric.batch(x, y)
    const values = await evaluate(Object.values(batch))
    Object.keys(batch).forEach((key, i) => tally.add(key, values[i] ?? []))
  }
  return tally.value
}

const named = cases.map((one) => ({ ...one, options: JSON.stringify(one.config) }))

test.each(named)('$data $config.type is what scikit-learn finds: $options', async ({ data, config, value }) => {
  const wanted = [value].flat(2)
  const found = [await natively(data, config)].flat(2)
  expect(apart(found, wanted)).toEqual([])
  const exact = [onArrays(data, config)].flat(2)
  const errors = wanted.map((own, i) => Math.abs((exact[i] ?? Number.NaN) - own) / (1 + Math.abs(own)))
  expect(Math.max(...errors)).toBeLessThan(1e-9)
})

/** With numbers to twelve digits. */
function rounded(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, own: unknown) =>
    typeof own === 'number' ? own.toFixed(12) : own,
  )
}

test.each(reports)('the report of $data is what scikit-learn prints', ({ data, report, text }) => {
  const found = metrics.classificationReport(dataOf(data).target, chosenOf(data))
  expect(reportText(found, { digits: 3 })).toBe(text)
  expect(Object.keys(found)).toEqual(Object.keys(report))
  expect(rounded(found)).toEqual(rounded(report))
})

test('every metric has a case', () => {
  const types = new Set(cases.map(({ config }) => config.type as string))
  expect(metricTypes().filter((type) => !types.has(type))).toEqual([])
})
