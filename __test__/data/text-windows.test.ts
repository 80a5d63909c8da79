// Windows over texts: next tokens, strides, parts, and Tiny Shakespeare inside the package.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'

import { parse } from '../../src/config/index.ts'
import {
  bytePairs,
  characters,
  dataSchema,
  datasets,
  prepare,
  resolveData,
  textWindows,
} from '../../src/data/index.ts'
import type { ResolvedData, TextWindowsOptions } from '../../src/data/index.ts'
import type { NativeDataSet } from '../../src/native.ts'

const root = mkdtempSync(join(tmpdir(), 'attune-windows-'))
afterAll(() => rmSync(root, { recursive: true }))

const write = (name: string, bytes: string | Uint8Array): string => {
  const path = join(root, name)
  writeFileSync(path, bytes)
  return path
}
const alphabet = write('alphabet.txt', 'abcdefghij')
const plain = characters({ specialTokens: [], unknownToken: null })

const load = (more: Partial<TextWindowsOptions> = {}): Promise<ResolvedData> =>
  resolveData(textWindows({ files: alphabet, tokenizer: plain, length: 3, validation: 0, ...more }))
const rows = (part: ResolvedData['train'], name = 'x'): number[][] => {
  const set = part as NativeDataSet
  const values = [...set.column(name)]
  const length = values.length / set.length
  return Array.from({ length: set.length }, (_, i) => values.slice(i * length, (i + 1) * length))
}
const told = (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => '',
    ({ code, message }: Error & { code: string }) => `${code} ${message}`,
  )

test('a window holds tokens, and its targets are those one place later', async () => {
  const data = await load()
  expect(rows(data.train)).toEqual([
    [0, 1, 2],
    [3, 4, 5],
    [6, 7, 8],
  ])
  expect(rows(data.train, 'y')).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ])
  expect(data.columns.y).toEqual({ dtype: 'int32', shape: [3] })
})

test('windows begin every stride, overlapping or apart', async () => {
  expect(rows((await load({ stride: 2 })).train)).toEqual([
    [0, 1, 2],
    [2, 3, 4],
    [4, 5, 6],
    [6, 7, 8],
  ])
  expect(rows((await load({ stride: 6 })).train)).toEqual([
    [0, 1, 2],
    [6, 7, 8],
  ])
  expect((await load({ length: 9 })).train.length).toBe(1)
  expect(await told(load({ length: 10 }))).toMatch(
    /^DATA data: expected more than 10 tokens, .*came 10/,
  )
})

test('the last or the first characters are for validation', async () => {
  const tokenizer = characters()
  const data = await load({ validation: 0.4, tokenizer })
  expect([rows(data.train), rows(data.validation!)]).toEqual([[[2, 3, 4]], [[1, 1, 1]]])
  const first = await load({ validation: 0.4, validationFrom: 'first', tokenizer })
  expect([rows(first.train), rows(first.validation!)]).toEqual([[[2, 3, 4]], [[1, 1, 1]]])
  expect(await told(load({ validation: 0.4 }))).toMatch(
    /^DATA data\.validation: text 0: expected characters of the tokenizer, came 'g'/,
  )
})

test('texts come one after another, with a token behind each where it is asked for', async () => {
  const second = write('second.txt.gz', gzipSync('ab\n\nba\n'))
  const tokenizer = characters({ specialTokens: ['<end>'], unknownToken: null })
  const files = [second, alphabet]
  const lines = { files, each: 'line', tokenizer, length: 5, endToken: '<end>' } as const
  expect(rows((await load(lines)).train)[0]).toEqual([1, 2, 0, 2, 1])
  const whole = await load({ ...lines, each: 'file' })
  expect((await load({ ...lines, length: 16 })).train.length).toBe(1)
  expect(rows(whole.train)[0]).toEqual([2, 3, 1, 1, 3])
  expect(await told(load({ ...lines, endToken: '[END]' }))).toMatch(/^CONFIG data\.endToken/)
  const test = await load({ test: alphabet })
  expect(rows(test.test!)).toEqual(rows(test.train))
})

test('Tiny Shakespeare has 65 characters and is parted as in nanoGPT', async () => {
  const data = await resolveData(datasets.tinyShakespeare())
  expect(data.train.length).toBe(Math.floor((1_003_854 - 1) / 64))
  expect(data.validation?.length).toBe(Math.floor((111_540 - 1) / 64))
  const y = data.train.column('y') as Int32Array
  expect([Math.min(...y.slice(0, 50_000)), Math.max(...y.slice(0, 50_000))]).toEqual([0, 64])
  const first = await prepare({ texts: ['First Citizen:\n'] }, data.preparation, data.columns.x)
  expect(Array.from(first.values.subarray(0, 15))).toEqual(rows(data.train)[0]!.slice(0, 15))
  const merged = await resolveData(
    datasets.tinyShakespeare({ tokenizer: bytePairs({ vocabularySize: 512 }), length: 32 }),
  )
  expect(merged.train.length).toBeLessThan(data.train.length * 2 * 0.7)
})

test.for([
  [{ length: 0 }, 'length: expected a whole number of at least 1, got 0'],
  [{ stride: 0 }, 'stride: expected a whole number of at least 1, got 0'],
  [{ validation: 3 }, 'validation: expected a number at least 0 and below 1, got 3'],
  [{ validationFrom: 'random' }, 'validationFrom: expected one of first, last'],
  [{ files: [] }, 'files: expected'],
] as const)('%j is refused by name', ([more, expected]) => {
  const config = { ...textWindows({ files: 'x', length: 3 }), ...more }
  expect(() => parse(dataSchema, config as never, 'data')).toThrow(expected)
})
