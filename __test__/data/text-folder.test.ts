// Labelled texts in folders, lines and tables: classes, parts, rows, what is left out, and what predict reads back.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'

import { parse } from '../../src/config/index.ts'
import {
  bytePairs,
  dataSchema,
  describeData,
  dropTokens,
  maskTokens,
  prepare,
  resolveData,
  swapTokens,
  textFolder,
  textTable,
  wordPieces,
  words,
} from '../../src/data/index.ts'
import type {
  Blocks,
  ResolvedData,
  TextFolderOptions,
  TextTableOptions,
} from '../../src/data/index.ts'
import type { NativeDataSet } from '../../src/native.ts'

const root = mkdtempSync(join(tmpdir(), 'attune-texts-'))
afterAll(() => rmSync(root, { recursive: true }))

function write(name: string, bytes: string | Uint8Array): string {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  return path
}

const good = ['a fine day', 'good good day', 'fine', 'so good', 'very fine day', 'good']
const bad = ['a bad day', 'bad bad', 'awful day', 'so bad', 'very awful', 'bad day']
good.forEach((text, i) => write(`reviews/good/${i}.txt`, text))
bad.forEach((text, i) => write(`reviews/bad/deep/bad/${i}.TXT`, text))
write('reviews/good/notes.md', 'no review')
write('lines/good.txt', `${good.join('\n')}\n\n   \n`)
write('lines/bad.txt', bad.join('\r\n'))
write('lines/good.test.txt', 'good unseen day')

const load = (name: string, more: Partial<TextFolderOptions> = {}): Promise<ResolvedData> =>
  resolveData(textFolder({ root: join(root, name), validation: 0, ...more }))
const table = (name: string, more: Partial<TextTableOptions> = {}): Promise<ResolvedData> =>
  resolveData(
    textTable({ path: join(root, name), text: 'text', label: 'label', validation: 0, ...more }),
  )
const column = (part: ResolvedData['train'], name: string): number[] => [
  ...(part as NativeDataSet).column(name),
]
const told = (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => '',
    ({ code, message }: Error & { code: string }) => `${code} ${message}`,
  )

const sorted = (rows: number[][]): number[][] => rows.map((row) => row.toSorted((a, b) => a - b))

test('the folder that holds a text is its class, and its words are numbered', async () => {
  const data = await load('reviews')
  expect(data.classes).toEqual(['bad', 'good'])
  expect(column(data.train, 'y')).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
  expect(data.columns).toEqual({
    x: { dtype: 'int32', shape: [3] },
    y: { dtype: 'int32', shape: [] },
  })
  // day 6, bad 5, good 4, fine 3, and a, awful, so and very 2 each, by the word
  const x = column(data.train, 'x')
  expect(x.slice(0, 9)).toEqual([6, 3, 2, 3, 3, 0, 7, 2, 0])
  expect(x.slice(18, 21)).toEqual([6, 5, 2])
  const lengths = { least: 1, median: 2, most: 3 }
  expect((await describeData(data)).lengths).toEqual(lengths)
  expect((await describeData(await load('reviews', { length: 2, bucketBy: 1 }))).lengths).toEqual(
    lengths,
  )
})

test('every line of a class file is a text, and the tokenizer knows the training part alone', async () => {
  const data = await load('lines', { each: 'line', test: 'test', pad: 'left' })
  expect(data.classes).toEqual(['bad', 'good'])
  expect([data.train.length, data.test?.length]).toEqual([12, 1])
  expect(column(data.test!, 'x')).toEqual([4, 1, 2])
  expect(column(data.train, 'x').slice(3, 6)).toEqual([0, 3, 3])
})

test('long texts are cut at either end, or are errors', async () => {
  const cut = async (truncate: 'left' | 'right'): Promise<number[]> =>
    column((await load('reviews', { length: 2, truncate })).train, 'x').slice(0, 2)
  expect(await cut('right')).toEqual([6, 3])
  expect(await cut('left')).toEqual([3, 2])
  expect(await told(load('reviews', { length: 2, truncate: 'none' }))).toMatch(
    /^DATA data: text 0: expected at most 2 tokens, came 3: raise `length`/,
  )
})

test("a tokenizer's own tokens stay around a text that is cut", async () => {
  const data = await load('reviews', { tokenizer: wordPieces({ vocabularySize: 60 }), length: 4 })
  const row = column(data.train, 'x').slice(0, 4)
  expect([row[0], row[3]]).toEqual([2, 3])
  const plain = {
    tokenizer: wordPieces({ vocabularySize: 60 }),
    length: 4,
    addSpecialTokens: false,
  }
  expect(column((await load('reviews', plain)).train, 'x').slice(0, 2)).toEqual(row.slice(1, 3))
  const short = { tokenizer: wordPieces({ vocabularySize: 60 }), length: 1 }
  expect(await told(load('reviews', short))).toContain('CONFIG data: text 0: length: expected more')
})

test('columns of CSV, TSV and JSON lines hold texts and classes', async () => {
  const rows = [
    ['a good day', 'yes'],
    ['none', 'no'],
    ['he said "no", twice', 'no'],
  ] as const
  const quoted = rows.map(([text, label]) => `"${text.replaceAll('"', '""')}",${label}`)
  write('table.csv', `text,label\n${quoted.join('\n')}\n`)
  write('table.tsv.gz', gzipSync(rows.map((row) => row.join('\t')).join('\n')))
  write('table.jsonl', rows.map(([text, label]) => JSON.stringify({ text, label })).join('\n'))
  const csv = await table('table.csv')
  const tsv = await table('table.tsv.gz', { names: ['text', 'label'], quotes: false })
  const jsonl = await table('table.jsonl')
  expect(csv.classes).toEqual(['no', 'yes'])
  expect(column(csv.train, 'y')).toEqual([1, 0, 0])
  for (const other of [tsv, jsonl]) {
    expect(column(other.train, 'x')).toEqual(column(csv.train, 'x'))
    expect(other.preparation).toEqual(csv.preparation)
  }
  write('more.csv', 'text,label\nday,yes\nday,perhaps\n')
  expect(await told(table('table.csv', { test: join(root, 'more.csv') }))).toMatch(
    /^DATA .*more\.csv: row 2: expected one of the classes no, yes, came "perhaps"/,
  )
  expect(await told(table('table.csv', { text: 'words' }))).toContain('words')
})

test('a bad text is an error that names it, or is left out and listed', async () => {
  const empty = write('reviews/good/7.txt', ' \n')
  const other = write('reviews/good/8.txt', Buffer.from([0x63, 0x61, 0x66, 0xe9]))
  expect(await told(load('reviews'))).toContain(`DATA data: ${empty}: expected a text, came none`)
  const data = await load('reviews', { onBadSample: 'skip' })
  expect(data.train.length).toBe(12)
  expect(data.skipped).toMatchObject([{ sample: empty }, { sample: other }])
  expect(data.skipped?.[1]?.reason).toMatch(/^expected UTF-8, came other bytes at byte 3/)
  const latin = await load('reviews', { onBadSample: 'skip', encoding: 'latin1' })
  expect(latin.train.length).toBe(13)
  rmSync(empty)
  rmSync(other)
  expect(await told(load('reviews', { limits: { bytes: 5 } }))).toContain('at most 5 bytes, came')
  expect(await told(load('none'))).toMatch(/^IO data\.root/)
  expect(await told(load('reviews', { endings: ['.doc'] }))).toMatch(/^DATA .*found none/)
})

test('the preparation gives a sentence the very row that training saw', async () => {
  const data = await load('reviews')
  const again = JSON.parse(JSON.stringify(data.preparation)) as typeof data.preparation
  const rows = await prepare({ texts: ['a bad day', 'unseen'] }, again, data.columns.x)
  expect([...rows.values]).toEqual([6, 3, 2, 1, 0, 0])
  expect(rows.names).toEqual(['a bad day', 'unseen'])
  const files = [join(root, 'reviews/bad/deep/bad/0.TXT')]
  const read = await prepare({ files }, again, data.columns.x)
  expect([...read.values]).toEqual([6, 3, 2])
  await expect(prepare({ rows: [{}] }, again, data.columns.x)).rejects.toMatchObject({
    code: 'DATA',
  })
})

test('with changes the training rows are new in every epoch, and the same for one request', async () => {
  const augment = [dropTokens({ rate: 0.3 }), swapTokens({ rate: 0.3 }), maskTokens({ rate: 0.3 })]
  const data = await load('reviews', { augment, validation: 2 })
  const train = data.train as Blocks
  expect([train.length, train.sampleBytes]).toEqual([10, 12])
  const request = { epoch: 0, first: 0, count: 10, shuffle: true }
  const first = await train.load(request)
  const parts = await Promise.all([
    train.load({ ...request, count: 4 }),
    train.load({ ...request, first: 4, count: 6 }),
  ])
  expect(column(first, 'x')).toEqual(parts.flatMap((part) => column(part, 'x')))
  const plain = await load('reviews', { validation: 2 })
  expect(sorted([column(first, 'y')])).toEqual(sorted([column(plain.train, 'y')]))
  expect(column(await train.load({ ...request, epoch: 1 }), 'x')).not.toEqual(column(first, 'x'))
  await expect(train.load({ ...request, first: 8 })).rejects.toMatchObject({ code: 'DATA' })
})

test('each change does to tokens what its name says', async () => {
  const epoch = async (augment: TextFolderOptions['augment']): Promise<number[][]> => {
    const data = await load('reviews', { augment })
    const request = { epoch: 3, first: 0, count: 12, shuffle: false }
    const x = column(await (data.train as Blocks).load(request), 'x')
    return Array.from({ length: 12 }, (_, i) => x.slice(3 * i, 3 * i + 3).filter((id) => id > 0))
  }
  const plain = column((await load('reviews')).train, 'x')
  const before = Array.from({ length: 12 }, (_, i) =>
    plain.slice(3 * i, 3 * i + 3).filter((id) => id > 0),
  )
  const swapped = await epoch([swapTokens({ rate: 0.5 })])
  expect(sorted(swapped)).toEqual(sorted(before))
  expect(swapped).not.toEqual(before)
  const dropped = await epoch([dropTokens({ rate: 0.9 })])
  expect(dropped.every((row) => row.length >= 1)).toBe(true)
  expect(dropped.flat().length).toBeLessThan(before.flat().length / 1.5)
  const masked = await epoch([maskTokens({ rate: 0.5 })])
  expect(masked.map((row) => row.length)).toEqual(before.map((row) => row.length))
  const kept = masked.flat().filter((id, i) => id === before.flat()[i])
  expect(kept.length + masked.flat().filter((id) => id === 1).length).toBe(before.flat().length)
})

test('with buckets a step holds texts of about one length, and rows no longer than they need', async () => {
  for (let i = 0; i < 40; i++) {
    write(`many/${i % 2 ? 'odd' : 'even'}/${i}.txt`, 'word '.repeat(1 + ((7 * i) % 23)))
  }
  const data = await load('many', { bucketBy: 4, tokenizer: words() })
  expect(data.columns.x.shape).toEqual([23])
  const train = data.train as Blocks
  const seen: number[][] = []
  const lengths: number[] = []
  for (let first = 0; first < 40;) {
    const request = { epoch: 1, first, count: 40 - first, shuffle: true, multiple: 4 }
    const block = await train.load(request)
    const x = column(block, 'x')
    const length = x.length / block.length
    lengths.push(length)
    expect([block.length % 4, Math.ceil(length / 4) * 4 - length < 4]).toEqual([0, true])
    for (let i = 0; i < block.length; i++) {
      seen.push(x.slice(i * length, (i + 1) * length).filter((id) => id > 0))
    }
    const longest = Math.max(...seen.slice(-block.length).map((row) => row.length))
    expect([longest <= length, longest > length - 4]).toEqual([true, true])
    first += block.length
  }
  expect(lengths).toEqual(lengths.toSorted((a, b) => b - a))
  expect(new Set(lengths).size).toBeGreaterThan(3)
  const wanted = Array.from({ length: 40 }, (_, i) => 1 + ((7 * i) % 23))
  expect(sorted([seen.map((row) => row.length)])).toEqual(sorted([wanted]))
  expect(await told(load('many', { bucketBy: 1 }))).toContain(
    'CONFIG data.bucketBy: expected at least 2',
  )
})

test.for([
  [{ length: 0 }, 'length: expected a whole number of at least 1, got 0'],
  [{ bucketBy: 0 }, 'bucketBy: expected a whole number of at least 1, got 0'],
  [{ tokenizer: { type: 'word' } }, 'did you mean "words"?'],
  [{ truncate: 'middle' }, 'truncate: expected one of left, right, none'],
  [{ endings: [] }, 'endings: expected at least one ending'],
  [{ label: 'a' }, 'label: expected a pattern with a group'],
  [{ augment: [{ type: 'dropTokens', rate: 1 }] }, 'augment.0.rate: expected a number'],
  [{ augment: [{ type: 'dropWords' }] }, 'unknown change "dropWords"'],
] as const)('%j is refused by name', ([more, expected]) => {
  const config = { ...textFolder({ root: 'x' }), ...more }
  expect(() => parse(dataSchema, config as never, 'data')).toThrow(expected)
})

test('a tokenizer without a token to fill with asks for one', async () => {
  const tokenizer = bytePairs({ vocabularySize: 300, specialTokens: [] })
  expect(await told(load('reviews', { tokenizer }))).toMatch(
    /^CONFIG data\.tokenizer: expected a tokenizer with \[PAD\].*paddingToken/,
  )
  const data = await load('reviews', { tokenizer, paddingToken: 'a' })
  expect(data.train.length).toBe(12)
  const augment = [maskTokens({ token: '[NO]' })]
  expect(await told(load('reviews', { tokenizer: words(), augment }))).toMatch(
    /^CONFIG data\.augment\.0\.token: .*no \[NO\]/,
  )
})
