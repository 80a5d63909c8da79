// Tables at the border: what crosses it, what is refused there, and that nothing is taken for another thing.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { native } from '../../src/native.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-table-'))
})
afterAll(() => rm(folder, { recursive: true }))

const columns = (table: { columns(): string }): unknown => JSON.parse(table.columns())

test('typed arrays and arrays of values become columns of the kind that holds them', async () => {
  const table = await native().Table.fromColumns(
    ['float', 'int', 'big', 'text', 'flag', 'mixed', 'none'],
    [
      Float64Array.of(1.5, Number.NaN, Infinity),
      Int16Array.of(-1, 0, 7),
      BigInt64Array.of(-5n, 2n ** 53n, 0n),
      ['a', null, 'é\u{1f600}'],
      [true, undefined, false],
      [1, 'b', 2n],
      [null, Number.NaN, undefined],
    ],
    '{}',
  )
  expect(table.rows).toBe(3)
  expect(columns(table)).toEqual([
    { name: 'float', kind: 'number', missing: 1 },
    { name: 'int', kind: 'number', missing: 0 },
    { name: 'big', kind: 'number', missing: 0 },
    { name: 'text', kind: 'text', missing: 1 },
    { name: 'flag', kind: 'boolean', missing: 1 },
    { name: 'mixed', kind: 'text', missing: 0 },
    { name: 'none', kind: 'number', missing: 3 },
  ])
  expect(table.column('float')).toEqual(Float64Array.of(1.5, Number.NaN, Infinity))
  expect(table.column('big')).toEqual(Float64Array.of(-5, 2 ** 53, 0))
  expect(table.column('text')).toEqual(['a', null, 'é\u{1f600}'])
  expect(table.column('flag')).toEqual([true, null, false])
  expect(table.column('mixed')).toEqual(['1', 'b', '2'])
  expect([...table.codes('text')]).toEqual([0, 2 ** 32 - 1, 1])
  expect(table.dictionary('text')).toEqual(['a', 'é\u{1f600}'])
})

test('some rows and some columns are a table of their own', async () => {
  const table = await native().Table.fromColumns(
    ['n', 't'],
    [Uint8Array.of(10, 20, 30), ['x', 'y', 'z']],
    '{}',
  )
  const some = table.take(Uint32Array.of(2, 0, 2)).select(['t'])
  expect(columns(some)).toEqual([{ name: 't', kind: 'text', missing: 0 }])
  expect(some.column('t')).toEqual(['z', 'x', 'z'])
  expect(() => table.take(Uint32Array.of(3))).toThrow(/expected rows below 3, came 3 at place 0/)
  expect(() => table.select(['u'])).toThrow(/expected one of the columns n, t, came "u"/)
  expect(() => table.codes('n')).toThrow(/n: expected a column of texts, came numbers/)
})

test('more values than live handles cross the border in order', async () => {
  const numbers = Array.from({ length: 5000 }, (_, i) => (i % 7 === 0 ? null : i))
  const table = await native().Table.fromColumns(['n'], [numbers], '{}')
  const wanted = Float64Array.from(numbers, (value) => value ?? Number.NaN)
  expect(table.column('n')).toEqual(wanted)
})

test.each([
  ['an object', [1, {}], '{}', 'DATA', /^c: row 1: expected a number, a text, a boolean or null/],
  ['too long a bigint', [2n ** 70n], '{}', 'DATA', /^c: row 0: .* came a bigint beyond 64 bits/],
  ['no whole float', BigUint64Array.of(1n, 2n ** 60n), '{}', 'DATA', /^c: row 1: .* got 11529215/],
  ['no number', ['1', 'one'], '{"c":"number"}', 'DATA', /^c: row 1: expected a number, came "one"/],
  ['no column', [1], '{"d":"text"}', 'CONFIG', /^kinds: expected some of the columns c, got "d"/],
  ['no kind', [1], '{"c":"date"}', 'CONFIG', /^kinds: unknown variant `date`/],
  ['no array', {}, '{}', 'DTYPE', /^c: expected a typed array or an array of values/],
])('a column that is or has %s is refused', async (_, values, kinds, code, message) => {
  const made = native().Table.fromColumns(['c'], [values as unknown[]], kinds)
  await expect(made).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
})

test('files are read by options as JSON, and rows that are none are counted', async () => {
  const csv = join(folder, 'rows.csv')
  await writeFile(csv, 'a;b\n1,5;x\n2\n-;y\n')
  const options = { delimiter: ';', decimal: ',', missing: ['-'], onBadSample: 'skip' }
  const table = await native().Table.readCsv(csv, JSON.stringify(options))
  expect(table.column('a')).toEqual(Float64Array.of(1.5, Number.NaN))
  expect(table.column('b')).toEqual(['x', 'y'])
  const skipped = JSON.parse(table.skipped) as { count: number; examples: string[] }
  expect(skipped.count).toBe(1)
  expect(skipped.examples[0]).toMatch(/^row 2 \(line 3\): expected 2 columns, came 1/)
  const lines = join(folder, 'rows.jsonl')
  await writeFile(lines, '{"a":1,"b":true}\n{"a":null,"c":"z"}\n')
  const read = await native().Table.readJsonLines(lines, '{"kinds":{"a":"text"}}')
  expect(columns(read)).toEqual([
    { name: 'a', kind: 'text', missing: 1 },
    { name: 'b', kind: 'boolean', missing: 1 },
    { name: 'c', kind: 'text', missing: 1 },
  ])
  await expect(native().Table.readCsv(csv, '{"delimiter":"ab"}')).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringMatching(/^options: expected a single ASCII character, got "ab"/),
  })
  await expect(native().Table.readCsv(join(folder, 'none'), '{}')).rejects.toMatchObject({
    code: 'IO',
  })
})
