// The known data sets: their configs as plain values, and what they load.
import { expect, test } from 'vitest'

import { parse } from '../../src/config/index.ts'
import { dataJsonSchema, dataSchema, datasets, resolveData } from '../../src/data/index.ts'
import { sharedData } from './shared-data.ts'

test('a config survives JSON and loads the same', async () => {
  const config = datasets.digits({ validation: 100 })
  const again = JSON.parse(JSON.stringify(config)) as typeof config
  expect(again).toEqual({ type: 'digits', validation: 100 })
  const [a, b] = await Promise.all([resolveData(config), resolveData(again)])
  expect(a.validation?.column('x')).toEqual(b.validation?.column('x'))
})

test('the digits are split 80 to 20 at random, by the seed alone', async () => {
  const data = await resolveData(datasets.digits(), { seed: 1 })
  expect([data.train.length, data.validation?.length, data.test]).toEqual([1438, 359, undefined])
  expect(data.columns.x).toEqual({ dtype: 'uint8', shape: [8, 8, 1] })
  expect(data.columns.y).toEqual({ dtype: 'int32', shape: [] })
  expect(data.classes).toHaveLength(10)
  expect(data.normalisation).toEqual({ shift: 0, scale: 1 / 16 })
  const labels = [...data.train.column('y'), ...(data.validation?.column('y') ?? [])]
  const counts = Array.from({ length: 10 }, (_, digit) => labels.filter((y) => y === digit).length)
  expect(counts).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
  const same = await resolveData(datasets.digits(), { seed: 1 })
  const other = await resolveData(datasets.digits(), { seed: 2 })
  expect(same.train.column('y')).toEqual(data.train.column('y'))
  expect(other.train.column('y')).not.toEqual(data.train.column('y'))
})

test('samples for validation come from the start or the end when asked', async () => {
  const all = await resolveData(datasets.digits({ validation: 0 }))
  expect(all.validation).toBeUndefined()
  const labels = all.train.column('y')
  const first = await resolveData(datasets.digits({ validation: 3, validationFrom: 'first' }))
  expect(first.validation?.column('y')).toEqual(labels.slice(0, 3))
  expect(first.train.column('y')).toEqual(labels.slice(3))
  const last = await resolveData(datasets.digits({ validation: 3, validationFrom: 'last' }))
  expect(last.validation?.column('y')).toEqual(labels.slice(-3))
  expect(last.train.column('y')).toEqual(labels.slice(0, -3))
})

test('standard scale takes mean and deviation from the training samples alone', async () => {
  const data = await resolveData(datasets.digits({ normalise: 'standard' }), { seed: 3 })
  const { shift, scale } = data.normalisation
  const scaled = Array.from(data.train.column('x'), (x) => (x - Number(shift)) * Number(scale))
  const mean = scaled.reduce((sum, x) => sum + x, 0) / scaled.length
  const square = scaled.reduce((sum, x) => sum + x * x, 0) / scaled.length
  expect(mean).toBeCloseTo(0, 9)
  expect(square).toBeCloseTo(1, 9)
  const none = await resolveData(datasets.digits({ normalise: 'none' }))
  expect(none.normalisation).toEqual({ shift: 0, scale: 1 })
})

const root = sharedData('fashion-mnist')

test.skipIf(root === undefined)('Fashion-MNIST is 55,000, 5,000 and 10,000 pictures', async () => {
  const data = await resolveData(datasets.fashionMnist({ root: root ?? '' }))
  expect([data.train.length, data.validation?.length, data.test?.length]).toEqual([
    55_000, 5000, 10_000,
  ])
  expect(data.columns.x).toEqual({ dtype: 'uint8', shape: [28, 28, 1] })
  expect(Array.from(data.train.column('y').slice(0, 5))).toEqual([9, 0, 0, 3, 0])
  expect(data.classes?.[9]).toBe('Ankle boot')
})

test('a folder without the files is an IO error that says what belongs there', async () => {
  await expect(resolveData(datasets.mnist({ root: 'no/such' }))).rejects.toMatchObject({
    code: 'IO',
    message: expect.stringMatching(/^data: no\/such: expected the file train-images-idx3-ubyte/),
  })
})

test.each([
  [{ type: 'digits', validation: 1.5 }, /^data\.validation: expected a fraction/],
  [{ type: 'digits', validation: 1797 }, /^data\.validation: expected fewer than all 1797/],
  [{ type: 'digits', validationFrom: 'lst' }, /did you mean "last"/],
  [{ type: 'digits', shuffle: true }, /^data: unknown option `shuffle`/],
  [{ type: 'fashionMnist' }, /^data\.root: expected the folder .*, got nothing/],
  [{ type: 'fashionmnist', root: '.' }, /unknown data "fashionmnist"; did you mean "fashionMnist"/],
  ['digits', /expected data such as \{ type: 'digits' \}, got "digits"/],
])('%j is refused with its place', async (config, message) => {
  await expect(resolveData(config as never)).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringMatching(message),
  })
})

test('defaults are filled in, and the JSON Schema asks only for what has none', () => {
  expect(parse(dataSchema, { type: 'fashionMnist', root: 'data' })).toEqual({
    type: 'fashionMnist',
    root: 'data',
    validation: 5000,
    validationFrom: 'last',
    normalise: 'unit',
  })
  const forms = dataJsonSchema()['oneOf'] ?? dataJsonSchema()['anyOf']
  const required = (forms as { required: string[] }[]).map((form) => form.required)
  expect(required).toContainEqual(['type', 'root'])
  expect(required).toContainEqual(['type'])
})
