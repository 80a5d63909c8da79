// Preprocessing of tables from TypeScript: steps, reports, inverses, JSON, and the parts of a run.
import { expect, test } from 'vitest'

import { parse } from '../../src/config/index.ts'
import { prepare, preparationSchema } from '../../src/data/preparation.ts'
import {
  Preprocessor,
  prepareParts,
  preprocess,
  preprocessor,
  stepsSchema,
} from '../../src/data/table/preprocess/index.ts'
import type { PartsOptions, StepConfig } from '../../src/data/table/preprocess/index.ts'
import { nativeTable } from '../../src/data/table/preprocess/table-input.ts'
import { native } from '../../src/native.ts'

const people = {
  age: [31, null, 47, 22, 58, 36],
  city: ['Oslo', 'Bergen', 'Oslo', null, 'Bergen', 'Oslo'],
  member: [true, false, true, true, false, false],
  price: Float64Array.of(10, 20, 30, 40, 50, 60),
}

/** What a rejected promise says. */
async function refusal(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  const { code, message } = error as { code: string; message: string }
  return { code, message }
}

test('the defaults of every step are those of the native side', async () => {
  const table = await nativeTable({ ...people, code: ['1', '2', '3', '4', '5', 'x'] })
  const required: Partial<Record<string, object>> = {
    allowed: { columns: 'city', values: ['Oslo'] },
    drop: { columns: 'city' },
    missing: { fill: 'median' },
    select: { columns: ['age', 'price'] },
    ordinal: { unseen: 'ignore' },
  }
  const types = Object.keys(preprocess).filter((name) => name !== 'defaults')
  expect(types).toHaveLength(23)
  for (const type of types) {
    const given = { type, ...required[type] }
    const [whole = {}] = parse(stepsSchema, [given]) as unknown as Record<string, unknown>[]
    const query = 'columns' in given && whole['columns'] ? { columns: whole['columns'] } : {}
    const end = [
      { type: 'missing', columns: { kind: 'number' }, fill: 'median' },
      { type: 'missing', fill: 'mostFrequent' },
      { type: 'hashing' },
    ]
    const options = { target: 'price', steps: [{ ...given, ...query }, ...end] }
    const fitted = await native().Preprocessor.fit(table, null, JSON.stringify(options))
    const { steps } = JSON.parse(fitted.toJson()) as { steps: { options: object }[] }
    const { type: _, columns, ...told } = whole
    const { except = [], ...chosen } = columns as { except?: string[] }
    const expected = { columns: { ...chosen, ...(except.length > 0 && { except }) }, ...told }
    expect({ type, ...steps[0]?.options }).toEqual({ type, ...expected })
  }
})

test('columns go through the default steps: filled, scaled, one column a category', async () => {
  const { preprocessor: fitted, train } = await preprocessor(people, { target: 'member' })
  expect(fitted.features).toEqual(['age', 'city=Bergen', 'city=Oslo', 'price', 'age:missing'])
  expect(train.shape).toEqual([6, 5])
  expect(train.target).toEqual(people.member)
  const column = (place: number): number[] =>
    Array.from({ length: 6 }, (_, row) => train.x[row * 5 + place] ?? Number.NaN)
  expect(column(4)).toEqual([0, 1, 0, 0, 0, 0])
  expect(column(2)).toEqual([1, 0, 1, 1, 0, 1])
  expect(column(3).reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 6)
  expect(column(3).reduce((sum, x) => sum + x * x, 0) / 6).toBeCloseTo(1, 6)
})

test('rows give what the same columns give', async () => {
  const rows = Array.from({ length: 6 }, (_, row) =>
    Object.fromEntries(Object.entries(people).map(([name, values]) => [name, values[row]])),
  )
  const [byColumn, byRow] = [await preprocessor(people), await preprocessor(rows)]
  expect(byRow.train.x).toEqual(byColumn.train.x)
  const { age: _, ...sparse } = rows[0]!
  const { x } = await byRow.preprocessor.apply([sparse, rows[2]!])
  expect([...x.subarray(x.length / 2)]).toEqual([...byColumn.train.x.subarray(2 * 6, 3 * 6)])
})

test('the report tells what changed, where, and to what, as JSON and as text', async () => {
  const { train } = await preprocessor(people, { target: 'member' })
  const { rows, kept, findings } = train.report
  expect([rows, kept]).toEqual([6, 6])
  expect(findings.map(({ rule, column, count, action }) => [rule, column, count, action])).toEqual([
    ['missing', 'age', 1, 'fill'],
    ['missing', 'city', 1, 'fill'],
  ])
  expect(findings[0]?.examples).toEqual([{ row: 1, value: null, becomes: 36 }])
  expect(train.reportText).toContain(
    'missing: "city": 1, fill (with "Oslo"): row 3 nothing to "Oslo"',
  )
})

test('only the chosen rows teach', async () => {
  const steps = [preprocess.select({ columns: 'price' }), preprocess.minMax()]
  const { preprocessor: fitted, train } = await preprocessor(people, { steps, rows: [1, 3] })
  expect([...train.x]).toEqual([0, 1])
  expect([...train.rows]).toEqual([1, 3])
  expect([...(await fitted.apply(people)).x]).toEqual([-0.5, 0, 0.5, 1, 1.5, 2])
  expect([...(await fitted.apply(people, { rows: Uint32Array.of(5) })).x]).toEqual([2])
})

test('a preprocessor is JSON, does the same when it is read, and can be undone', async () => {
  const steps = [
    preprocess.missing({ columns: 'age', fill: 'mean', indicator: true }),
    preprocess.drop({ columns: ['member', 'city'] }),
    preprocess.standard({ columns: ['age', 'price'] }),
  ]
  const { preprocessor: fitted, train } = await preprocessor(people, { steps, target: 'price' })
  const read = Preprocessor.from(JSON.parse(JSON.stringify(fitted)))
  expect(read.features).toEqual(fitted.features)
  expect(read.target).toBe('price')
  expect((await read.apply(people)).x).toEqual(train.x)
  const { age } = await read.invert(train.x)
  const ages = Array.from(age as Float64Array, (value) => Math.round(value * 1e4) / 1e4)
  expect(ages).toEqual(people.age.map((value) => value ?? Number.NaN))
  const prices = await read.invertTarget(Float32Array.from(train.target as Float64Array))
  Array.from(prices as Float64Array, (value, row) =>
    expect(value).toBeCloseTo(people.price[row]!, 4),
  )
  expect(() => Preprocessor.from({ steps: [] })).toThrow(
    expect.objectContaining({ code: 'CORRUPT' }),
  )
})

test('a step that there is not is answered with the nearest, an option with its place', async () => {
  const unknown = { type: 'standart' } as unknown as StepConfig
  expect(await refusal(preprocessor(people, { steps: [unknown] }))).toEqual({
    code: 'CONFIG',
    message:
      'preprocessor.steps.0.type: unknown preprocessing step "standart"; did you mean "standard"?',
  })
  const wrong = preprocess.minMax({ min: 2, max: 1 })
  const told = await refusal(preprocessor(people, { steps: [wrong] }))
  expect(told.message).toContain('preprocessor.steps.0: expected `min` below `max`')
  const column = preprocess.standard({ columns: 'wage' })
  const lacking = await refusal(preprocessor(people, { steps: [column] }))
  expect(lacking.code).toBe('CONFIG')
  expect(lacking.message).toContain('no column is called "wage"; there are age, city')
})

test('a category that training did not hold, NaN and infinities are told of by row', async () => {
  const steps = [
    preprocess.select({ columns: ['city', 'price'] }),
    preprocess.missing({ columns: { kind: 'text' }, fill: 'constant', value: '?' }),
    preprocess.oneHot({ unseen: 'error' }),
  ]
  const { preprocessor: fitted } = await preprocessor(people, { steps })
  const unseen = await refusal(
    fitted.apply([
      { city: 'Oslo', price: 1 },
      { city: 'Rome', price: 1 },
    ]),
  )
  expect(unseen.code).toBe('DATA')
  expect(unseen.message).toContain(
    'column "city", row 1: expected a category that training held, came "Rome"',
  )
  const lacking = await refusal(fitted.apply([{ city: 'Oslo' }]))
  expect(lacking.message).toContain('column "price" is missing')
  for (const price of [Number.NaN, Number.POSITIVE_INFINITY, null]) {
    const rows = [
      { city: 'Oslo', price: 1 },
      { city: 'Oslo', price },
    ]
    const told = await refusal(fitted.apply(rows))
    expect(told.code).toBe('DATA')
    expect(told.message).toContain('column "price", row 1: expected a finite number')
  }
})

test('a row to predict that a step leaves out is an error, or is left out on request', async () => {
  const steps = [
    preprocess.select({ columns: 'age' }),
    preprocess.range({ columns: 'age', min: 0, max: 120, action: 'drop' }),
    preprocess.missing({ fill: 'median' }),
  ]
  const { preprocessor: fitted } = await preprocessor(people, { steps })
  const ages = { age: [20, 300, 40] }
  const told = await refusal(fitted.apply(ages))
  expect(told.code).toBe('DATA')
  expect(told.message).toContain('row 1: column "age": expected a right value (0 to 120), came 300')
  const { x, rows } = await fitted.apply(ages, { onBadSample: 'skip' })
  expect([[...x], [...rows]]).toEqual([
    [20, 40],
    [0, 2],
  ])
})

const flowers = {
  length: Array.from({ length: 12 }, (_, row) => row),
  kind: [
    'rose',
    'iris',
    'rose',
    'rose',
    'iris',
    'rose',
    'rose',
    'rose',
    'rose',
    'rose',
    'lily',
    'rose',
  ],
}
const train = Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8)
const validation = Uint32Array.of(9, 10, 11)

async function parts(given: Partial<PartsOptions> = {}, rows = train) {
  const table = await nativeTable(flowers)
  const options: PartsOptions = {
    steps: [preprocess.standard()],
    target: 'kind',
    classification: true,
    balance: 'none',
    onBadSample: 'error',
    seed: 3,
    where: 'data',
    ...given,
  }
  const part = (some: Uint32Array) => ({ table, rows: some, name: 'flowers.csv' })
  return prepareParts({ train: part(rows), validation: part(validation) }, options)
}

test('parts are fitted on the training rows; classes are theirs, sorted', async () => {
  const made = await parts({}, Uint32Array.of(0, 1, 10, 2, 3))
  expect(made.classes).toEqual(['iris', 'lily', 'rose'])
  expect([...made.train.column('y')]).toEqual([2, 0, 1, 2, 2])
  expect([...(made.validation?.column('y') ?? [])]).toEqual([2, 1, 2])
  const mean = [0, 1, 10, 2, 3].reduce((sum, x) => sum + x, 0) / 5
  const deviation = Math.sqrt([0, 1, 10, 2, 3].reduce((sum, x) => sum + (x - mean) ** 2, 0) / 5)
  const x = [...(made.validation?.column('x') ?? [])]
  x.forEach((value, at) => expect(value).toBeCloseTo((9 + at - mean) / deviation, 5))
})

test('a label that only validation holds is an error with file and row, or is left out', async () => {
  const told = await refusal(parts())
  expect(told.code).toBe('DATA')
  expect(told.message).toContain(
    'data: flowers.csv: row 10: column "kind": expected a class that training held (iris, rose), came "lily"',
  )
  const made = await parts({ onBadSample: 'skip' })
  expect(made.validation?.length).toBe(2)
  expect(made.skipped.map(({ sample }) => sample)).toEqual(['flowers.csv row 10'])
})

const count = (labels: ArrayLike<number>, label: number): number =>
  Array.from(labels).filter((one) => one === label).length

test('classes are balanced by weights, by more or by fewer samples, in training alone', async () => {
  const by = async (balance: PartsOptions['balance']) => {
    const made = await parts({ balance, onBadSample: 'skip' })
    const y = made.train.column('y')
    return { made, counts: [count(y, 0), count(y, 1)] }
  }
  expect((await by('none')).counts).toEqual([2, 7])
  expect((await by('over')).counts).toEqual([7, 7])
  expect((await by('under')).counts).toEqual([2, 2])
  const { made, counts } = await by('weights')
  expect(counts).toEqual([2, 7])
  const y = made.train.column('y')
  const weights = [...made.train.column('weight')]
  weights.forEach((weight, at) => expect(weight).toBeCloseTo(9 / (2 * counts[y[at]!]!), 6))
  expect([...(made.validation?.column('weight') ?? [])]).toEqual([1, 1])
  const numbers = parts({
    balance: 'over',
    classification: false,
    target: 'length',
    steps: [preprocess.drop({ columns: 'kind' })],
  })
  expect((await refusal(numbers)).code).toBe('CONFIG')
})

test('a preparation makes rows samples, and says which row cannot be one', async () => {
  const { preparation } = await parts({ onBadSample: 'skip' })
  const saved = parse(preparationSchema, JSON.parse(JSON.stringify(preparation)))
  const column = { dtype: 'float32', shape: [1] } as const
  const made = await prepare({ rows: [{ length: 4 }, { length: 8, kind: 'fern' }] }, saved, column)
  const deviation = Math.sqrt(20 / 3)
  expect(made.count).toBe(2)
  expect(made.names).toEqual(['row 0', 'row 1'])
  expect(made.values[0]).toBeCloseTo(0, 6)
  expect(made.values[1]).toBeCloseTo(4 / deviation, 6)
  const told = await refusal(prepare({ rows: [{ length: 'long' }] }, saved, column))
  expect(told.code).toBe('DATA')
  expect(told.message).toContain('length')
  const texts = await refusal(prepare({ texts: ['a'] }, saved, column))
  expect(texts.message).toContain('expected rows, or files of them')
})
