// Sound files that cannot be used: each by its code, its name and what to do.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import { readAudio } from '../../src/data/audio/index.ts'
import { tone, wavBytes } from './wav.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-audio-'))
afterAll(() => rmSync(folder, { recursive: true }))

const golden = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, '..', 'golden', 'audio', name))
const wav = wavBytes(tone(440, 100, 8000), 8000)

/** A copy with some bytes written over. */
function patched(bytes: Buffer, at: number, ...values: number[]): Buffer {
  const copy = Buffer.from(bytes)
  copy.set(values, at)
  return copy
}

function chunk(name: string, body: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(body.length)
  return Buffer.concat([Buffer.from(name), size, body, Buffer.alloc(body.length % 2)])
}

const bad: readonly [string, string, Buffer, 'CORRUPT' | 'DATA', string][] = [
  ['an empty file', 'a.wav', Buffer.alloc(0), 'CORRUPT', 'an empty file'],
  ['text', 'a.wav', Buffer.from('hello there'), 'CORRUPT', 'begins with [68, 65, 6c, 6c]'],
  ['Ogg', 'a.ogg', Buffer.from('OggS and more'), 'CORRUPT', 'came Ogg'],
  ['FLAC named as WAV', 'a.wav', golden('pcm16.flac'), 'CORRUPT', 'its bytes are FLAC'],
  ['WAV named as MP3', 'a.mp3', wav, 'CORRUPT', 'its bytes are WAV'],
  ['a WAV file that was cut off', 'a.wav', wav.subarray(0, 150), 'CORRUPT', 'only 106 follow'],
  ['half a sample', 'a.wav', patched(wav.subarray(0, 243), 40, 199), 'CORRUPT', 'cut off'],
  ['a size that lies', 'a.wav', patched(wav, 40, 0, 0, 0, 0x7f), 'CORRUPT', '2130706432 bytes'],
  ['no samples', 'a.wav', patched(wav, 40, 0, 0, 0, 0), 'DATA', 'came none'],
  ['no format', 'a.wav', patched(wav, 12, 0x4a), 'CORRUPT', '"fmt "'],
  ['no data', 'a.wav', patched(wav, 36, 0x4a), 'CORRUPT', '"data"'],
  ['no channels', 'a.wav', patched(wav, 22, 0), 'CORRUPT', '0 channels'],
  ['no rate', 'a.wav', patched(wav, 24, 0, 0, 0, 0), 'CORRUPT', '0 Hz'],
  ['bits that do not fit', 'a.wav', patched(wav, 34, 24), 'CORRUPT', '24 bits in blocks of 2'],
  ['A-law', 'a.wav', patched(wav, 20, 6), 'DATA', 'ffmpeg'],
  [
    'a FLAC file that was cut off',
    'a.flac',
    golden('pcm16.flac').subarray(0, 900),
    'CORRUPT',
    'cut',
  ],
  ['FLAC with wrong bytes', 'a.flac', patched(golden('pcm24.flac'), 700, 1, 2, 3), 'CORRUPT', ''],
  [
    'FLAC with another checksum',
    'a.flac',
    patched(golden('pcm16.flac'), 30, 1, 2),
    'CORRUPT',
    'checksum',
  ],
  [
    'an MP3 file that was cut off',
    'a.mp3',
    golden('tone.mp3').subarray(0, 600),
    'CORRUPT',
    'cut off',
  ],
  [
    'an MP3 tag without sound',
    'a.mp3',
    Buffer.from('ID3\u0004\0\0\0\0\u007f\u007f'),
    'CORRUPT',
    'tag',
  ],
]

test.for(bad)('%s is an error that names the file', async ([, name, bytes, code, words]) => {
  const file = join(folder, name)
  writeFileSync(file, bytes)
  const error: unknown = await readAudio(file).catch((cause: unknown) => cause)
  expect(error).toMatchObject({ code, name: 'AttuneError' })
  expect((error as Error).message).toContain(`${file}: `)
  expect((error as Error).message).toContain(words)
})

test('samples of a float file that are not finite are named', async () => {
  const bytes = golden('float32.wav')
  const at = bytes.indexOf('data') + 8
  const file = join(folder, 'nan.wav')
  writeFileSync(file, patched(bytes, at + 16, 0, 0, 0xc0, 0x7f))
  await expect(readAudio(file)).rejects.toMatchObject({ code: 'DATA' })
  await expect(readAudio(file)).rejects.toThrow('came NaN at sample 2')
})

test('a file that is not there is an IO error', async () => {
  await expect(readAudio(join(folder, 'none.wav'))).rejects.toMatchObject({ code: 'IO' })
})

test('files beyond a limit are refused before they are decoded', async () => {
  const file = join(folder, 'long.wav')
  writeFileSync(file, wav)
  for (const [limits, words] of [
    [{ bytes: 100 }, 'at most 100 bytes, came 244'],
    [{ samples: 99 }, 'at most 99 samples'],
    [{ seconds: 0.01 }, 'at most 0.01 seconds'],
  ] as const) {
    const error: unknown = await readAudio(file, limits).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'DATA' })
    expect((error as Error).message).toContain(words)
  }
  await expect(readAudio(file, { samples: 0.5 })).rejects.toMatchObject({ code: 'CONFIG' })
})

test('chunks may stand in any order, be unknown, odd in size, or say no size', async () => {
  const [head, fmt, data] = [wav.subarray(0, 12), wav.subarray(12, 36), wav.subarray(36)]
  const odd = chunk('note', Buffer.from('abc'))
  const file = join(folder, 'chunks.wav')
  const expected = await (async () => {
    writeFileSync(file, wav)
    return readAudio(file)
  })()
  for (const parts of [
    [head, odd, fmt, odd, data, odd],
    [head, data, odd, fmt],
    [head, fmt, patched(data, 4, 0xff, 0xff, 0xff, 0xff)],
  ]) {
    writeFileSync(file, Buffer.concat(parts))
    expect(await readAudio(file)).toEqual(expected)
  }
})
