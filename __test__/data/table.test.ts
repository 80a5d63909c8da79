// Tables with a column to predict: sources, tasks, parts, bad rows, and whole runs from raw files.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import {
  accuracy,
  adam,
  crossEntropy,
  datasets,
  dense,
  describeData,
  kFold,
  meanSquaredError,
  preprocess,
  resolveData,
  sequential,
  table,
  Trainer,
} from '../../src/index.ts'
import type { ResolvedData, TableConfig, TableOptions } from '../../src/index.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-table-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}

const none = { preprocess: [preprocess.standard({ center: false, scale: false })] }
const numbers = (
  data: ResolvedData,
  part: 'train' | 'validation' | 'test',
  column = 'x',
): number[] => [
  ...((data[part] as { column(name: string): Float32Array } | undefined)?.column(column) ?? []),
]
const some = { a: [1, 2, 3, 4, 5, 6], kind: ['x', 'y', 'x', 'y', 'x', 'y'] }
const resolve = (options: TableOptions, seed = 0): Promise<ResolvedData> =>
  resolveData(table(options), { seed })

test('a file, rows and columns give the same samples', async () => {
  const path = await file('same.csv', 'a,b,kind\n1,0.5,x\n2,,y\n3,1.5,x\n4,2.5,y\n')
  const rows = [
    { a: 1, b: 0.5, kind: 'x' },
    { a: 2, kind: 'y' },
    { a: 3, b: 1.5, kind: 'x' },
    { a: 4, b: 2.5, kind: 'y' },
  ]
  const columns = {
    a: Int32Array.of(1, 2, 3, 4),
    b: Float64Array.of(0.5, Number.NaN, 1.5, 2.5),
    kind: ['x', 'y', 'x', 'y'],
  }
  const options = { target: 'kind', validation: 0 }
  const [fromFile, ...others] = await Promise.all([
    resolve({ file: path, ...options }),
    resolve({ rows, ...options }),
    resolve({ columns, ...options }),
  ])
  expect(fromFile?.columns).toEqual({
    x: { dtype: 'float32', shape: [3] },
    y: { dtype: 'int32', shape: [] },
  })
  expect(fromFile?.classes).toEqual(['x', 'y'])
  for (const other of others) {
    expect(numbers(other, 'train')).toEqual(numbers(fromFile, 'train'))
    expect(numbers(other, 'train', 'y')).toEqual([0, 1, 0, 1])
  }
})

test('a target of numbers is to be regressed, and classified where that is said', async () => {
  const columns = { a: [1, 2, 3, 4], size: [10, 20, 10, 30] }
  const options = { columns, target: 'size', validation: 0, ...none }
  const regression = await resolve(options)
  expect(regression.columns.y).toEqual({ dtype: 'float32', shape: [1] })
  expect(regression.classes).toBeUndefined()
  expect(numbers(regression, 'train', 'y')).toEqual([10, 20, 10, 30])
  const classified = await resolve({ ...options, task: 'classification' })
  expect(classified.classes).toEqual(['10', '20', '30'])
  expect(numbers(classified, 'train', 'y')).toEqual([0, 1, 0, 2])
  const named = await resolve({ ...options, task: 'classification', classes: ['30', '20', '10'] })
  expect(numbers(named, 'train', 'y')).toEqual([2, 1, 2, 0])
})

test('rows to test with are taken first, then validation rows, and every row is in one part', async () => {
  const columns = {
    a: Float64Array.from({ length: 50 }, (_, i) => i),
    b: some.a.concat(...Array(44).fill(0)),
  }
  const data = await resolve({
    columns,
    target: 'b',
    test: 0.2,
    testFrom: { type: 'time', by: 'a' },
    validation: 10,
    validationFrom: 'last',
    preprocess: [preprocess.select({ columns: 'a' })],
  })
  expect(numbers(data, 'test')).toEqual([40, 41, 42, 43, 44, 45, 46, 47, 48, 49])
  expect(numbers(data, 'validation')).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39])
  expect(numbers(data, 'train')).toEqual(Array.from({ length: 30 }, (_, i) => i))
  expect(Object.keys(data.split ?? {})).toEqual(['train', 'validation', 'test'])
})

test('no group is on both sides, and classes are shared out', async () => {
  const columns = {
    who: Array.from({ length: 40 }, (_, i) => `p${i % 8}`),
    a: Array.from({ length: 40 }, (_, i) => i % 8),
    kind: Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? 'rare' : 'common')),
  }
  const options = { columns, target: 'kind', preprocess: [preprocess.select({ columns: 'a' })] }
  const grouped = await resolve({ ...options, validationFrom: { type: 'grouped', by: 'who' } })
  const people = (part: 'train' | 'validation'): Set<number> => new Set(numbers(grouped, part))
  expect([...people('train')].filter((who) => people('validation').has(who))).toEqual([])
  const shared = await resolve({ ...options, validation: 8, validationFrom: 'stratified' }, 3)
  const labels = numbers(shared, 'validation', 'y').toSorted((a, b) => a - b)
  expect(labels).toEqual([0, 0, 0, 0, 0, 0, 1, 1])
  const folds = await Promise.all(
    kFold(table(options), { folds: 4 }).map((data) => resolveData(data)),
  )
  expect(folds.map(({ validation }) => validation?.length)).toEqual([10, 10, 10, 10])
})

test('texts of training stay texts in a test file where they look like numbers', async () => {
  const train = await file('train.csv', 'code,kind\n1a,x\n2b,y\n7,x\n7,y\n')
  const testing = await file('test.csv', 'code,kind\n7,x\n8,y\n')
  const data = await resolve({
    file: train,
    test: testing,
    target: 'kind',
    validation: 0,
    preprocess: [preprocess.oneHot({ columns: 'code' })],
  })
  expect(numbers(data, 'test')).toEqual([0, 0, 1, 0, 0, 0])
})

test('a class that only validation rows have is an error that names the row, or left out', async () => {
  const columns = { a: [1, 2, 3, 4], kind: ['x', 'y', 'x', 'z'] }
  const options: TableOptions = { columns, target: 'kind', validation: 1, validationFrom: 'last' }
  await expect(resolve(options)).rejects.toMatchObject({
    code: 'DATA',
    message: expect.stringMatching(/^data: columns: row 3: .*"z"/),
  })
  const skipping = await resolve({ ...options, onBadSample: 'skip', validation: 2 })
  expect(skipping.validation?.length).toBe(1)
  expect(skipping.skipped).toEqual([
    { sample: 'columns row 3', reason: expect.stringMatching(/"z"/) },
  ])
})

test('rows of another width are left out and listed when asked', async () => {
  const path = await file('ragged.csv', 'a,kind\n1,x\n2\n3,y\n4,x\n')
  await expect(resolve({ file: path, target: 'kind' })).rejects.toMatchObject({
    code: 'DATA',
    message: expect.stringMatching(/^data\.file: .*ragged\.csv: row 2 \(line 3\)/),
  })
  const data = await resolve({ file: path, target: 'kind', validation: 0, onBadSample: 'skip' })
  expect(data.train.length).toBe(3)
  expect(data.skipped?.map(({ sample }) => sample)).toEqual([path])
})

test.each<[Partial<TableConfig>, RegExp]>([
  [
    { columns: some, target: 'sort' },
    /^data\.target: expected one of the columns a, kind, got "sort"/,
  ],
  [{ target: 'kind' }, /^data: expected exactly one of `file`, `rows` and `columns`, got none/],
  [{ columns: some, rows: [], target: 'kind' }, /`columns`, got 2 of them/],
  [{ columns: some }, /^data\.target: expected the name of the column to predict, got nothing/],
  [
    { columns: some, target: 'kind', validation: 6 },
    /^data\.validation: expected fewer than all 6/,
  ],
  [{ columns: some, target: 'kind', preproces: [] } as never, /did you mean `preprocess`/],
  [{ columns: some, target: 'kind', only: ['a'] }, /^data\.target: .*columns a, got "kind"/],
  [
    { columns: some, target: 'kind', validationFrom: { type: 'grouped', by: 'b' } },
    /^data\.validationFrom: expected one of the columns a, kind, came "b"/,
  ],
  [
    { columns: some, target: 'kind', validationFrom: { type: 'time', by: 'kind' } },
    /^data\.validationFrom: kind: row 0: expected a number or a date .*"x"/,
  ],
])('%j is refused with its place', async (given, message) => {
  await expect(resolveData(table(given as TableOptions))).rejects.toMatchObject({
    message: expect.stringMatching(message),
  })
})

test.each([
  ['iris', [120, 30], 4, ['setosa', 'versicolor', 'virginica']],
  ['wine', [142, 36], 13, ['class_0', 'class_1', 'class_2']],
  ['breastCancer', [455, 114], 30, ['benign', 'malignant']],
  ['diabetes', [354, 88], 10, undefined],
] as const)('%s comes with the package', async (name, sizes, width, classes) => {
  const data = await resolveData(datasets[name]({ preprocess: [preprocess.standard()] }))
  expect([data.train.length, data.validation?.length]).toEqual(sizes)
  expect(data.columns.x).toEqual({ dtype: 'float32', shape: [width] })
  expect(data.classes).toEqual(classes)
  const { mean, standardDeviation } = JSON.parse(data.train.statistics('x')) as Record<
    string,
    number
  >
  expect([mean, standardDeviation]).toEqual([expect.closeTo(0, 5), expect.closeTo(1, 5)])
})

test('a run on wine predicts rows of a file, which go through the fitted steps', async () => {
  const trainer = new Trainer({
    model: sequential([dense({ units: 16, activation: 'relu' }), dense({ units: 3 })]),
    data: datasets.wine({ validationFrom: 'stratified' }),
    loss: crossEntropy(),
    metrics: [accuracy()],
    optimizer: adam({ learningRate: 0.01 }),
    epochs: 30,
    seed: 0,
  })
  await trainer.fit()
  expect((await trainer.evaluate('validation')).metrics['accuracy']).toBeGreaterThan(0.9)
  const weights = join(folder, 'wine.safetensors')
  await trainer.save(weights)
  // The first and the last wine, by name in another order, without their cultivar.
  const names =
    'proline,alcohol,malic_acid,ash,alcalinity_of_ash,magnesium,total_phenols,flavanoids'
  const more =
    'nonflavanoid_phenols,proanthocyanins,color_intensity,hue,od280/od315_of_diluted_wines'
  const first = '1065,14.23,1.71,2.43,15.6,127,2.8,3.06,0.28,2.29,5.64,1.04,3.92'
  const last = '560,14.13,4.1,2.74,24.5,96,2.05,0.76,0.56,1.35,9.2,0.61,1.6'
  const path = await file('wines.csv', `${names},${more}\n${first}\n${last}\n`)
  const loaded = await Trainer.load(weights)
  const { classes, values } = await loaded.predict({ files: [path] })
  const best = [values.slice(0, 3), values.slice(3)].map((row) => row.indexOf(Math.max(...row)))
  expect(best.map((label) => classes?.[label])).toEqual(['class_0', 'class_2'])
})

test('a run on diabetes is told in the units of its target', async () => {
  const trainer = new Trainer({
    model: sequential([dense({ units: 1 })]),
    data: datasets.diabetes({
      preprocess: [preprocess.standard(), preprocess.standard({ columns: 'progression' })],
    }),
    loss: meanSquaredError(),
    optimizer: adam({ learningRate: 0.02 }),
    epochs: 40,
    seed: 0,
  })
  await trainer.fit()
  // Least squares leaves about half of the variance.
  expect((await trainer.evaluate('validation')).loss).toBeLessThan(0.65)
  const row = {
    age: 59,
    sex: 2,
    bmi: 32.1,
    bp: 101,
    s1: 157,
    s2: 93.2,
    s3: 38,
    s4: 4,
    s5: 4.8598,
    s6: 87,
  }
  const [progression] = (await trainer.predict({ rows: [row] })).values
  expect(progression).toBeGreaterThan(150)
  expect(progression).toBeLessThan(260)
})

const shifted = (shift: number): TableOptions => ({
  columns: {
    a: Float64Array.from({ length: 20 }, (_, i) => i + shift),
    kind: Array.from({ length: 20 }, (_, i) => (i < 10 ? 'x' : 'y')),
  },
  target: 'kind',
  validation: 0,
  preprocess: [preprocess.standard()],
})

test('a model is not measured with a table that was scaled by its own figures', async () => {
  const trainer = new Trainer({
    model: sequential([dense({ units: 2 })]),
    data: table(shifted(0)),
    loss: crossEntropy(),
    optimizer: adam(),
    epochs: 1,
    seed: 0,
  })
  await expect(trainer.evaluate(table(shifted(100)))).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringMatching(/^evaluate: expected data of the run's own table preparation/),
  })
  // The same rows are prepared in the same way.
  expect((await trainer.evaluate(table(shifted(0)))).loss).toBeCloseTo(
    (await trainer.evaluate('train')).loss,
    6,
  )
})

test('a description tells what the columns hold and what the steps found', async () => {
  const path = await file('told.csv', 'a,b,kind\n1,u,x\n,v,y\n3,u,x\n3,u,x\n')
  const options = { file: path, target: 'kind', validation: 0 }
  const { table: told } = await describeData(await resolve(options))
  expect(told?.rows).toBe(4)
  expect(told?.columns[0]).toEqual({
    name: 'a',
    kind: 'number',
    missing: 1,
    distinct: 2,
    range: { minimum: 1, maximum: 3, mean: expect.closeTo(7 / 3, 12) },
    frequent: [
      ['3', 2],
      ['1', 1],
    ],
  })
  const findings = told?.reports.train?.findings ?? []
  expect(findings.find(({ rule, column }) => rule === 'missing' && column === 'a')).toMatchObject({
    count: 1,
    action: 'fill',
  })
  expect(findings.find(({ rule }) => rule === 'duplicates')).toMatchObject({ count: 1 })
})
