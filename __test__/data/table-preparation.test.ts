// What predict makes of files of rows: CSV and JSON lines, read as the training table was.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'

import { prepare } from '../../src/data/preparation.ts'
import type { Preparation } from '../../src/data/preparation.ts'
import { readTable } from '../../src/data/table/index.ts'
import { preprocess, preprocessor } from '../../src/data/table/preprocess/index.ts'

const root = mkdtempSync(join(tmpdir(), 'attune-rows-'))
afterAll(() => {
  rmSync(root, { recursive: true })
})

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(root, name)
  writeFileSync(path, content)
  return path
}

const column = { dtype: 'float32', shape: [4] } as const
const homes = { code: ['007', '12', 'A1', '7'], size: [10, 20, 30, 40], price: [1, 2, 3, 4] }

async function preparation(csv?: Record<string, unknown>): Promise<Preparation> {
  const steps = [
    preprocess.ordinal({ columns: 'code' }),
    preprocess.minMax({ columns: 'size' }),
    preprocess.missing({ columns: 'size', fill: 'mean', indicator: true }),
    preprocess.hashing({ size: 2 }),
  ]
  const table = { ...homes, colour: ['red', null, 'red', 'blue'] }
  const made = await preprocessor(table, { steps, target: 'price' })
  const saved = { type: 'table', preprocessor: made.preprocessor.toJSON(), ...(csv && { csv }) }
  return JSON.parse(JSON.stringify(saved)) as Preparation
}

const sizeAndCode = (values: ArrayLike<number>): number[][] =>
  Array.from({ length: values.length / 4 }, (_, row) => [values[row * 4]!, values[row * 4 + 1]!])

test('texts of training stay texts in a file where all of them look like numbers', async () => {
  const rows = 'size,code,colour\n40,007,red\n10,7,blue\n'
  const made = await prepare({ files: [file('rows.csv', rows)] }, await preparation(), column)
  expect(made.count).toBe(2)
  expect(sizeAndCode(made.values)).toEqual([
    [0, 1],
    [2, 0],
  ])
  expect(made.names).toEqual([`${join(root, 'rows.csv')} row 0`, `${join(root, 'rows.csv')} row 1`])
})

test('several files of several kinds follow one another', async () => {
  const lines = '{"size":10,"code":"A1","colour":"red"}\n{"size":20,"code":"12"}\n'
  const files = [
    file(
      'a.jsonl',
      lines.replace('{"size":20,"code":"12"}', '{"size":20,"code":"12","colour":null}'),
    ),
    file('b.csv.gz', gzipSync('code,size,colour\n007,40,red\n')),
  ]
  const made = await prepare({ files }, await preparation(), column)
  expect(sizeAndCode(made.values)).toEqual([
    [3, 0],
    [1, expect.closeTo(1 / 3, 6)],
    [0, 1],
  ])
})

test('a file is read by the options that the training file was read by', async () => {
  const saved = await preparation({
    header: false,
    names: ['code', 'size', 'colour'],
    delimiter: ';',
  })
  const made = await prepare({ files: [file('bare.txt', 'A1;25;red\n')] }, saved, column)
  expect(sizeAndCode(made.values)).toEqual([[3, 0.5]])
})

test('what cannot be read or used names file, row and column', async () => {
  const saved = await preparation()
  const refusals: [string, string, string][] = [
    ['lacking.csv', 'code,colour\n7,red\n', 'DATA'],
    ['unseen.csv', 'code,size,colour\n99,1,red\n', 'DATA'],
    ['typed.csv', 'code,size,colour\n7,1,red\n7,big,red\n', 'DATA'],
    ['ragged.csv', 'code,size,colour\n7,1,red\n7,1\n', 'DATA'],
    ['empty.csv', '', 'DATA'],
  ]
  const told: Record<string, string> = {}
  for (const [name, text, code] of refusals) {
    const failing = prepare({ files: [file(name, text)] }, saved, column)
    const error = await failing.catch(
      (cause: unknown) => cause as { code: string; message: string },
    )
    expect(error).toMatchObject({ code, message: expect.stringContaining(name) })
    told[name] = 'message' in error ? error.message : ''
  }
  expect(told['lacking.csv']).toContain('column "size" is missing')
  expect(told['unseen.csv']).toContain(
    'column "code", row 0: expected a category that training held',
  )
  expect(told['typed.csv']).toContain(
    'column "size", row 1: expected a number, as in training, came "big"',
  )
  expect(told['ragged.csv']).toContain('line 3')
  const absent = prepare({ files: [join(root, 'absent.csv')] }, saved, column)
  await expect(absent).rejects.toMatchObject({ code: 'IO' })
})

test('outputs come back on the scale of a target that steps changed, and only then', async () => {
  const steps = [preprocess.select({ columns: 'size' }), preprocess.log({ columns: 'price' })]
  const scaled = await preprocessor(homes, {
    steps: [...steps, preprocess.standard({ columns: 'price' })],
    target: 'price',
  })
  const one = { dtype: 'float32', shape: [1] } as const
  const by = (made: typeof scaled) =>
    prepare(
      { rows: [{ size: 10 }] },
      { type: 'table', preprocessor: made.preprocessor.toJSON() } as Preparation,
      one,
    )
  const { restore } = await by(scaled)
  const outputs = Float32Array.from(scaled.train.target as Float64Array)
  const back = await restore?.(outputs)
  expect(Array.from(back ?? [], (price) => Math.round(price * 1e4) / 1e4)).toEqual(homes.price)
  expect(outputs).not.toEqual(back)
  const plain = await preprocessor(homes, { steps: steps.slice(0, 1), target: 'price' })
  expect((await by(plain)).restore).toBeUndefined()
})

test('a column that is numeric until row 900,000 is told of by its line, or by its row', async () => {
  const rows = 900_000
  const path = file('long.csv', `x\n${'1\n2\n'.repeat(rows / 2)}oops\n`)
  const strict = readTable(path, { kinds: { x: 'number' } })
  await expect(strict).rejects.toMatchObject({
    code: 'DATA',
    message: expect.stringContaining(`line ${rows + 2}`),
  })
  const steps = [preprocess.types(), preprocess.missing({ fill: 'mean' })]
  const { train } = await preprocessor(await readTable(path), { steps })
  expect(train.report.findings[0]).toMatchObject({
    rule: 'types',
    count: 1,
    examples: [{ row: rows, value: 'oops' }],
  })
  expect(train.x[rows]).toBe(1.5)
})
