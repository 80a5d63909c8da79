// Files of rows as typed columns: kinds, marks, and rows that are none.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { readTable } from '../../src/index.ts'
import { sharedData } from './shared-data.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-read-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, content: string | Buffer): Promise<string> {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}

test('columns are typed by all their values, whatever the file is written in', async () => {
  const rows = 'name,size,fits\nann,1.5,true\n"bob, jr.",?,false\n'
  const files = [
    await file('rows.csv', `\ufeff${rows}`),
    await file('rows.csv.gz', gzipSync(rows)),
    await file('rows.tsv', rows.replaceAll('"bob, jr."', 'bob; jr.').replaceAll(',', '\t')),
    await file('utf-16.csv', Buffer.from(`\ufeff${rows}`, 'utf16le')),
    await file(
      'rows.jsonl',
      '{"name":"ann","size":1.5,"fits":true}\n{"name":"bob, jr.","size":null,"fits":false}\n',
    ),
  ]
  for (const path of files) {
    const table = await readTable(path)
    expect(table.columns).toEqual([
      { name: 'name', kind: 'text', missing: 0 },
      { name: 'size', kind: 'number', missing: 1 },
      { name: 'fits', kind: 'boolean', missing: 0 },
    ])
    expect(table.column('size')).toEqual(Float64Array.of(1.5, Number.NaN))
    expect(table.column('fits')).toEqual([true, false])
    expect(table.column('name')[1]).toMatch(/^bob[,;] jr\.$/)
  }
})

test('a column that is numeric until its last row is text, all of it', async () => {
  const numbers = Array.from({ length: 300_000 }, (_, i) => i).join('\n')
  const path = await file('late.csv', `n\n${numbers}\nend\n`)
  const table = await readTable(path)
  expect(table.columns).toEqual([{ name: 'n', kind: 'text', missing: 0 }])
  const read = table.column('n')
  expect([read[0], read[299_999], read[300_000]]).toEqual(['0', '299999', 'end'])
  await expect(readTable(path, { kinds: { n: 'number' } })).rejects.toMatchObject({
    code: 'DATA',
    message: expect.stringMatching(/late\.csv: row 300001 \(line 300002\): .*number.*"end"/),
  })
})

test('rows of other widths are named, or left out and counted', async () => {
  const rows = ['1,2', '3', '4,5,6', '7,8', ...Array.from({ length: 30 }, () => '9')]
  const path = await file('ragged.csv', `a,b\n${rows.join('\n')}\n`)
  await expect(readTable(path)).rejects.toMatchObject({
    code: 'DATA',
    message: expect.stringMatching(/ragged\.csv: row 2 \(line 3\): expected 2 columns, came 1/),
  })
  const table = await readTable(path, { onBadSample: 'skip' })
  expect(table.column('b')).toEqual(Float64Array.of(2, 8))
  expect(table.skipped).toHaveLength(21)
  expect(table.skipped[1]?.reason).toMatch(/^row 3 \(line 4\): expected 2 columns, came 3/)
  expect(table.skipped.at(-1)).toEqual({ sample: path, reason: 'and 12 more rows' })
})

test('some rows are a table of their own', async () => {
  const table = await readTable(await file('some.csv', 'a,b\n1,x\n2,y\n3,z\n'))
  expect(table.take([2, 0]).column('b')).toEqual(['z', 'x'])
  expect(() => table.take([3])).toThrow(/expected rows below 3, came 3/)
  expect(() => table.column('c')).toThrow(/expected one of the columns a, b, came "c"/)
})

test.each([
  [
    'rows.csv',
    { delimiter: 'ab' },
    'CONFIG',
    /^readTable\.delimiter: expected one ASCII character/,
  ],
  [
    'rows.csv',
    { kinds: { size: 'int' } },
    'CONFIG',
    /^readTable\.kinds\.size: expected one of number/,
  ],
  ['rows.csv', { kinds: { width: 'number' } }, 'CONFIG', /one of the columns name, size, fits/],
  ['rows.jsonl', { decimal: ',' }, 'CONFIG', /got `decimal`, which is one of CSV/],
  ['rows.csv', { encoding: 'utf-9' }, 'CONFIG', /encoding: expected a name such as utf-8/],
  ['no.csv', {}, 'IO', /no\.csv: could not read it/],
])('%s with %j is refused as %s', async (name, given, code, message) => {
  await file('rows.csv', 'name,size,fits\nann,1.5,true\n')
  await file('rows.jsonl', '{"name":"ann"}\n')
  await expect(readTable(join(folder, name), given as never)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  })
})

const tabular = sharedData('tabular')

test.skipIf(tabular === undefined)('California housing has 207 blanks in one column', async () => {
  const table = await readTable(join(tabular ?? '', 'california-housing.csv.gz'))
  expect(table.rows).toBe(20_640)
  expect(table.columns.filter(({ missing }) => missing > 0)).toEqual([
    { name: 'total_bedrooms', kind: 'number', missing: 207 },
  ])
  expect(table.columns.at(-1)).toEqual({ name: 'ocean_proximity', kind: 'text', missing: 0 })
})
