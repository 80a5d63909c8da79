// Folders of images: classes, parts, sizes, streaming, what is left out, and what predict reads back.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import { parse } from '../../src/config/index.ts'
import { dataSchema, imageFolder, prepare, resolveData } from '../../src/data/index.ts'
import type { Blocks, ImageFolderOptions, ResolvedData } from '../../src/data/index.ts'
import type { NativeDataSet } from '../../src/native.ts'

const golden = join(import.meta.dirname, '..', 'golden', 'images')
const root = mkdtempSync(join(tmpdir(), 'attune-images-'))
afterAll(() => rmSync(root, { recursive: true }))

function write(name: string, bytes: Uint8Array | string): string {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  if (typeof bytes === 'string') copyFileSync(join(golden, bytes), path)
  else writeFileSync(path, bytes)
  return path
}

const few = ['rgb.png', 'rgb.jpg', 'lossless.webp', 'rgb.bmp', 'moving.gif', 'grey.jpg']
few.forEach((name, i) => {
  write(`pets/cat/${name}`, name)
  write(`pets/dog/deep/er/${i}-${name}`, name)
  write(`names/${i % 2}_bob_${name}`, name)
})
write('pets/cat/notes.txt', Buffer.from('no image'))
write('pets/.hidden.png', Buffer.from('no image'))

const load = (name: string, more: Partial<ImageFolderOptions> = {}): Promise<ResolvedData> =>
  resolveData(imageFolder({ root: join(root, name), size: 16, ...more }), { seed: 3 })
const labels = (part: ResolvedData['train']): number[] => [...(part as NativeDataSet).column('y')]
const pixels = (part: ResolvedData['train']): Uint8Array =>
  (part as NativeDataSet).column('x') as Uint8Array
const message = async (name: string, more: Partial<ImageFolderOptions> = {}): Promise<string> =>
  load(name, more).then(
    () => '',
    ({ code, message: words }: Error & { code: string }) => `${code} ${words}`,
  )
const byNumber = (a: number, b: number): number => a - b

test('the folder that holds a file is its class, and all files come at one size', async () => {
  const data = await load('pets', { validation: 0, size: [16, 12] })
  expect(data.classes).toEqual(['cat', 'er'])
  expect(labels(data.train)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
  expect(data.columns.x).toEqual({ dtype: 'uint8', shape: [16, 12, 3] })
  expect(JSON.parse((data.train as NativeDataSet).columns())).toEqual(data.columns)
  expect(data.normalisation).toEqual({ shift: 0, scale: 1 / 255 })
})

test('patterns find the class and the test part in the name', async () => {
  const data = await load('names', { label: '^(\\d)_', test: 'bmp$', validation: 1 })
  expect(data.classes).toEqual(['0', '1'])
  expect([data.train.length, data.validation?.length, data.test?.length]).toEqual([4, 1, 1])
  expect(labels(data.test!)).toEqual([1])
})

test('streamed files are the samples that memory would hold, split alike', async () => {
  const [held, streamed] = await Promise.all([
    load('pets', { validation: 3, test: 'bmp$', channels: 1 }),
    load('pets', { validation: 3, test: 'bmp$', channels: 1, streaming: true }),
  ])
  expect(streamed.columns).toEqual(held.columns)
  for (const part of ['train', 'validation', 'test'] as const) {
    const [memory, files] = [held[part] as NativeDataSet, streamed[part] as Blocks]
    expect(files.length).toBe(memory.length)
    const request = { epoch: 0, first: 0, count: files.length, shuffle: false }
    // eslint-disable-next-line no-await-in-loop
    const loaded = await files.load(request)
    expect(pixels(loaded)).toEqual(pixels(memory))
    expect(labels(loaded)).toEqual(labels(memory))
  }
})

test('random parts are new in every epoch and the same for one request', async () => {
  const data = await load('pets', { randomCrop: { scale: [0.2, 0.5] }, validation: 2 })
  const plain = await load('pets', { validation: 2 })
  const train = data.train as Blocks
  expect([train.length, train.sampleBytes]).toEqual([10, 16 * 16 * 3])
  const request = { epoch: 0, first: 0, count: 10, shuffle: true }
  const first = await train.load(request)
  const parts = await Promise.all([
    train.load({ ...request, count: 4 }),
    train.load({ ...request, first: 4, count: 6 }),
  ])
  expect([...pixels(first)]).toEqual(parts.flatMap((part) => Array.from(pixels(part))))
  expect(labels(first).toSorted(byNumber)).toEqual(labels(plain.train).toSorted(byNumber))
  expect(pixels(await train.load({ ...request, epoch: 1 }))).not.toEqual(pixels(first))
  await expect(train.load({ ...request, first: 8 })).rejects.toMatchObject({ code: 'SHAPE' })
  const validation = data.validation as Blocks
  const whole = await validation.load({ epoch: 0, first: 0, count: 2, shuffle: false })
  expect(pixels(whole)).toEqual(pixels(plain.validation!))
})

test('a bad file is an error that names it, or is left out and listed', async () => {
  const bad = write('pets/cat/cut.jpg', readFileSync(join(golden, 'rgb.jpg')).subarray(0, 700))
  expect(await message('pets')).toMatch(/^CORRUPT .*cut\.jpg: JPEG: cut off/)
  expect(await message('pets', { onBadSample: 'skip' })).toBe('')
  for (const streaming of [false, true]) {
    // eslint-disable-next-line no-await-in-loop
    const data = await load('pets', { onBadSample: 'skip', validation: 0, streaming })
    expect(data.train.length).toBe(12)
    expect(data.skipped).toMatchObject([{ sample: bad }])
    expect(data.skipped?.[0]?.reason).toMatch(/^JPEG: cut off/)
  }
  rmSync(bad)
})

test('where every file is bad there is nothing to train on', async () => {
  write('bad/a/1.png', Buffer.from('text'))
  for (const streaming of [false, true]) {
    // eslint-disable-next-line no-await-in-loop
    expect(await message('bad', { onBadSample: 'skip', streaming })).toMatch(/^DATA .*all 1 files/)
  }
})

test('figures of channels bring each to its scale, and must be as many', async () => {
  const figures = { mean: [0.5, 0.25, 0], deviation: [0.5, 0.25, 1] }
  const { normalisation } = await load('pets', { normalise: figures })
  expect(normalisation.shift).toEqual([127.5, 63.75, 0])
  expect(normalisation.scale).toEqual([1 / 127.5, 1 / 63.75, 1 / 255])
  const one = { mean: [0.5], deviation: [0.5, 1, 1] }
  expect(await message('pets', { normalise: one })).toMatch(
    /^CONFIG data\.normalise\.mean: .*got 1/,
  )
  const streamed = { normalise: 'standard', streaming: true } as const
  expect(await message('pets', streamed)).toMatch(/^CONFIG data\.normalise: .*streamed/)
})

test('files that are too large, or blow up, are refused before memory is taken', async () => {
  const limits = (of: object): Promise<string> => message('pets', { limits: of })
  expect(await limits({ pixels: 100 })).toMatch(/^DATA .*at most 100 pixels, came 27 by 20/)
  expect(await limits({ bytes: 300 })).toMatch(/^DATA .*at most 300 bytes/)
  const bomb = bombOf(20_000, 20_000)
  write('bomb/a/1.png', bomb)
  expect(await message('bomb')).toMatch(/^DATA .*at most 89478485 pixels, came 20000 by 20000/)
  const raised = { pixels: 1e9 }
  expect(await message('bomb', { limits: raised })).toMatch(/^DATA .*bytes of image for each byte/)
  expect(bomb.length).toBeLessThan(200)
})

test.for([
  [{ size: 0 }, 'size: expected a whole number of at least 1, got 0'],
  [{ size: '8' }, 'size: expected a number of pixels, or [height, width]'],
  [{ channels: 2 }, 'channels: expected 1, 3 or 4, got 2'],
  [{ fit: 'cover' }, 'fit: expected one of crop, pad, stretch'],
  [{ fill: 256 }, 'fill: expected at most 255'],
  [{ interpolation: 'cubic' }, 'interpolation: expected one of nearest'],
  [{ randomCrop: { scale: [0.5, 0.1] } }, 'scale: expected least <= most'],
  [{ randomCrop: { ratio: [0, 1] } }, 'expected a number above 0'],
  [{ normalise: 'max' }, 'normalise: expected unit, standard, none, or'],
  [{ label: 'a' }, 'label: expected a pattern with a group'],
] as const)('%j is refused by name', ([more, words]) => {
  const config = { ...imageFolder({ root: 'x', size: 8 }), ...more }
  expect(() => parse(dataSchema, config as never, 'data')).toThrow(words)
})

test('the preparation gives a raw file the very row that training saw', async () => {
  const data = await load('pets', { validation: 0, fit: 'pad', fill: 3, randomCrop: false })
  const again = JSON.parse(JSON.stringify(data.preparation)) as typeof data.preparation
  const files = [join(root, 'pets/cat/rgb.png'), join(root, 'pets/cat/grey.jpg')]
  const rows = await prepare({ files }, again, data.columns.x)
  expect([rows.count, rows.names]).toEqual([2, files])
  const all = pixels(data.train)
  const one = 16 * 16 * 3
  expect(rows.values.slice(0, one)).toEqual(all.slice(5 * one, 6 * one))
  expect(rows.values.slice(one)).toEqual(all.slice(0, one))
  await expect(prepare({ texts: ['a'] }, again, data.columns.x)).rejects.toMatchObject({
    code: 'DATA',
  })
})

/** A PNG whose header says so many pixels. */
function bombOf(width: number, height: number): Buffer {
  const png = Buffer.from(readFileSync(join(golden, 'rgb.png')).subarray(0, 120))
  png.writeUInt32BE(width, 16)
  png.writeUInt32BE(height, 20)
  png.writeUInt32BE(crc(png.subarray(12, 29)), 29)
  return png
}

function crc(bytes: Uint8Array): number {
  let all = 0xffffffff
  for (const byte of bytes) {
    all ^= byte
    for (let bit = 0; bit < 8; bit++) all = all & 1 ? (all >>> 1) ^ 0xedb88320 : all >>> 1
  }
  return ~all >>> 0
}
