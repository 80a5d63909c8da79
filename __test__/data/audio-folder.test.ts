// Folders of sounds: classes, parts, shapes, what is left out, and what predict reads back.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  addNoise,
  audioFolder,
  gain,
  logMel,
  mfcc,
  specAugment,
  speedChange,
  timeShift,
  waveform,
} from '../../src/data/audio/index.ts'
import type { AudioFolderOptions } from '../../src/data/audio/index.ts'
import { dataSchema, prepare, resolveData } from '../../src/data/index.ts'
import type { Blocks, ResolvedData } from '../../src/data/index.ts'
import { parse } from '../../src/config/index.ts'
import type { NativeDataSet } from '../../src/native.ts'
import { tone, wavBytes } from './wav.ts'

const root = mkdtempSync(join(tmpdir(), 'attune-sounds-'))
afterAll(() => rmSync(root, { recursive: true }))

function write(name: string, bytes: Uint8Array): string {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  return path
}

for (let i = 0; i < 6; i++) {
  write(`tones/low/${i}.wav`, wavBytes(tone(200 + i, 700 + 30 * i, 8000), 8000))
  write(`tones/high/deep/er/${i}.WAV`, wavBytes(tone(2000 + i, 700, 8000), 8000))
  write(`names/${i % 2}_bob_${i}.wav`, wavBytes(tone(200 + i, 800, 8000), 8000))
}
write('tones/low/notes.txt', Buffer.from('no sound'))
write('tones/.hidden.wav', Buffer.from('no sound'))

const base = { sampleRate: 8000, duration: 0.1 }
const small = logMel({ mels: 10, fftSize: 128, hopSize: 64 })
const load = (name: string, more: Partial<AudioFolderOptions> = {}): Promise<ResolvedData> =>
  resolveData(audioFolder({ root: join(root, name), ...base, features: small, ...more }))
const labels = (part: ResolvedData['train']): number[] => [...(part as NativeDataSet).column('y')]
const values = (part: ResolvedData['train']): Float32Array =>
  (part as NativeDataSet).column('x') as Float32Array
const message = async (name: string, more: Partial<AudioFolderOptions> = {}): Promise<string> =>
  load(name, more).then(
    () => '',
    ({ code, message: words }: Error & { code: string }) => `${code} ${words}`,
  )
const changed = (change: unknown): (() => unknown) => {
  const config = { ...audioFolder({ root: 'x', ...base }), augment: [change] }
  return () => parse(dataSchema, config as never, 'data')
}
const sounding = (x: Float32Array): number => x.findIndex((value) => Math.abs(value) > 0.1)
const byNumber = (a: number, b: number): number => a - b

test('the folder that holds a file is its class, at any depth, in the order of names', async () => {
  const data = await load('tones', { validation: 0 })
  expect(data.classes).toEqual(['er', 'low'])
  expect(labels(data.train)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
  expect(data.columns.x).toEqual({ dtype: 'float32', shape: [13, 10, 1] })
  expect([data.validation, data.test]).toEqual([undefined, undefined])
})

test('patterns find the class and the test part in the name', async () => {
  const data = await load('names', { label: '^(\\d)_', test: '_[01]\\.wav$', validation: 1 })
  expect(data.classes).toEqual(['0', '1'])
  expect([data.train.length, data.validation?.length, data.test?.length]).toEqual([3, 1, 2])
  expect(labels(data.test!)).toEqual([0, 1])
})

test('features come in the layout asked for, and by default at standard scale', async () => {
  const mels = await load('tones', { layout: 'sequence' })
  expect(mels.columns.x.shape).toEqual([13, 10])
  const cepstra = await load('tones', { features: mfcc({ coefficients: 5, mels: 20 }) })
  expect(cepstra.columns.x.shape).toEqual([5, 5, 1])
  const { shift, scale } = (await load('tones', { validation: 0 })).normalisation
  const all = values((await load('tones', { validation: 0 })).train)
  const scaled = [...all].map((x) => (x - Number(shift)) * Number(scale))
  expect(scaled.reduce((sum, x) => sum + x, 0) / scaled.length).toBeCloseTo(0, 4)
})

test('a sound is mixed, resampled, trimmed, then cut or filled to its duration', async () => {
  const loud = tone(500, 400, 16_000)
  const padded = new Float32Array(1600)
  padded.set(loud, 600)
  write('one/a/x.wav', wavBytes(padded, 16_000))
  const options = { features: waveform(), validation: 0, normalise: 'none' } as const
  const trim = { topDecibels: 40, frameSize: 32, hopSize: 8 }
  const whole = values((await load('one', options)).train)
  const trimmed = values((await load('one', { ...options, trim })).train)
  expect([whole.length, trimmed.length]).toEqual([800, 800])
  expect(sounding(whole)).toBeGreaterThan(295)
  expect(sounding(trimmed)).toBeLessThan(30)
  expect(Math.abs(trimmed[799]!)).toBe(0)
})

test('a bad file is an error that names it, or is left out and listed', async () => {
  const bad = write('tones/low/7.wav', wavBytes(tone(200, 100, 8000), 8000).subarray(0, 100))
  await expect(load('tones')).rejects.toMatchObject({ code: 'CORRUPT' })
  await expect(load('tones')).rejects.toThrow(bad)
  const data = await load('tones', { onBadSample: 'skip', validation: 0 })
  expect(data.train.length).toBe(12)
  expect(data.skipped).toMatchObject([{ sample: bad }])
  expect(data.skipped?.[0]?.reason).toContain('cut off')
  rmSync(bad)
})

test('where every file is bad there is nothing to train on', async () => {
  write('bad/a/1.wav', Buffer.from('RIFF'))
  await expect(load('bad', { onBadSample: 'skip' })).rejects.toMatchObject({ code: 'DATA' })
})

test('folders without classes, files or sounds to train on are told apart', async () => {
  write('flat/1.wav', wavBytes(tone(200, 100, 8000), 8000))
  mkdirSync(join(root, 'none'))
  expect(await message('missing')).toMatch(/^IO data\.root: .*missing cannot be read/)
  expect(await message('none')).toMatch(/^DATA data\.root: .*found none/)
  expect(await message('flat')).toMatch(/^DATA data\.root: .*1\.wav outside one/)
  expect(await message('flat', { label: '(x)' })).toMatch(/^DATA data\.label: .*1\.wav/)
  expect(await message('tones', { test: '.' })).toMatch(/^DATA data\.test: .*all of them/)
  expect(await message('tones', { test: 'low' })).toMatch(/^DATA data\.test: .*"low"/)
})

test.for([
  [{ sampleRate: 0 }, 'sampleRate: expected a whole number of at least 1, got 0'],
  [{ duration: -1 }, 'duration: expected a number above 0'],
  [{ label: '(' }, 'label: expected a regular expression, got "("'],
  [{ label: 'a' }, 'label: expected a pattern with a group'],
  [{ features: { type: 'logMell' } }, 'did you mean "logMel"?'],
  [{ features: { type: 'logMel', mels: 0 } }, 'features.mels: expected a whole number'],
  [{ trim: 'yes' }, 'trim: expected true, false, or {'],
  [{ onBadSample: 'ignore' }, 'onBadSample: expected one of error, skip'],
  [{ limits: { seconds: 0 } }, 'limits.seconds: expected a number above 0'],
] as const)('%j is refused by name', ([more, words]) => {
  const config = { ...audioFolder({ root: 'x', ...base }), ...more }
  expect(() => parse(dataSchema, config as never, 'data')).toThrow(words)
})

test('sizes of features that do not fit each other are refused when they are met', async () => {
  for (const [features, words] of [
    [logMel({ fftSize: 64, windowSize: 65 }), 'windowSize'],
    [logMel({ maximumFrequency: 5000 }), '4000, half the sample rate'],
    [mfcc({ mels: 10 }), 'coefficients: expected 1 to 10'],
    [logMel({ fftSize: 1024, centre: false }), 'at least 1024 samples'],
  ] as const) {
    // eslint-disable-next-line no-await-in-loop
    await expect(load('tones', { features })).rejects.toThrow(words)
  }
})

test('the preparation gives a raw file the very row that training saw', async () => {
  const data = await load('tones', { validation: 0 })
  const again = JSON.parse(JSON.stringify(data.preparation)) as typeof data.preparation
  const files = [join(root, 'tones/low/0.wav'), join(root, 'tones/high/deep/er/0.WAV')]
  const rows = await prepare({ files }, again, data.columns.x)
  const all = values(data.train)
  expect(rows.count).toBe(2)
  expect(rows.names).toEqual(files)
  expect(rows.values.slice(0, 130)).toEqual(all.slice(6 * 130, 7 * 130))
  expect(rows.values.slice(130)).toEqual(all.slice(0, 130))
  await expect(prepare({ texts: ['a'] }, again, data.columns.x)).rejects.toMatchObject({
    code: 'DATA',
  })
})

test('with changes the training features are new in every epoch, and the same for one request', async () => {
  const augment = [timeShift({ most: 0.02 }), addNoise(), specAugment({ timeSize: 3 })]
  const run = (): Promise<ResolvedData> => load('tones', { augment, validation: 2 })
  const [data, again, plain] = await Promise.all([run(), run(), load('tones', { validation: 2 })])
  const train = data.train as Blocks
  expect([train.length, train.sampleBytes]).toEqual([10, 13 * 10 * 4])
  expect([data.columns, data.normalisation]).toEqual([plain.columns, plain.normalisation])
  expect(values(data.validation!)).toEqual(values(plain.validation!))
  const request = { epoch: 0, first: 0, count: 10, shuffle: true }
  const first = await train.load(request)
  const parts = await Promise.all([
    (again.train as Blocks).load({ ...request, count: 4 }),
    (again.train as Blocks).load({ ...request, first: 4, count: 6 }),
  ])
  expect([...values(first)]).toEqual(parts.flatMap((part) => Array.from(values(part))))
  expect(labels(first).toSorted(byNumber)).toEqual(labels(plain.train).toSorted(byNumber))
  const next = await train.load({ ...request, epoch: 1 })
  expect(values(next)).not.toEqual(values(first))
  await expect(train.load({ ...request, first: 8 })).rejects.toMatchObject({ code: 'SHAPE' })
})

test('changes outside their range are refused by name', () => {
  expect(changed({ type: 'speed' })).toThrow('unknown change "speed"')
  expect(changed(speedChange({ least: 2 }))).toThrow('expected least <= most')
  expect(changed(timeShift({ most: 0 }))).toThrow('augment.0.most: expected a number above 0')
  expect(changed(addNoise({ probability: 2 }))).toThrow('probability: expected a number at least 0')
  expect(changed(gain({ most: 1000 }))).toThrow('most: expected a number')
  expect(changed(specAugment({ timeMasks: 101 }))).toThrow('at most 100 masks')
})
