// Sounds beside torchaudio, librosa and libsndfile: what audio.py wrote.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import {
  audioFeatures,
  readAudio,
  resample,
  stft,
  trimSilence,
} from '../../src/data/audio/index.ts'
import type { FeatureConfig, ResampleOptions, TrimOptions } from '../../src/data/audio/index.ts'
import { numbers } from './numbers.ts'
import { readTensors } from './tensors.ts'

interface Cases {
  features: { name: string; rate: number; samples: number; config: FeatureConfig }[]
  resample: { name: string; samples: number; options: ResampleOptions }[]
  trim: {
    before: number
    sound: number
    after: number
    options: TrimOptions
    kept: [number, number]
  }[]
  files: { name: string; rate: number; channels: number }[]
}

const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, 'audio.json'), 'utf8'),
) as unknown as Cases
const tensors = readTensors('audio')

const noise = (name: string, samples: number): Float32Array =>
  numbers(name, [samples]).map((x) => x / 4)

/** The largest error, as a share of the largest value. */
function error(found: ArrayLike<number>, name: string): number {
  const wanted = [...(tensors[name] ?? [])]
  if (found.length !== wanted.length || found.length === 0) return Number.NaN
  const errors = wanted.map((x, i) => Math.abs(x - (found[i] ?? Number.NaN)))
  return Math.max(...errors) / Math.max(...wanted.map(Math.abs))
}

test.for(cases.features)('the features $name are those of the reference', async (wanted) => {
  const clip = { samples: noise(wanted.name, wanted.samples), sampleRate: wanted.rate }
  const { values, shape } = await audioFeatures(clip, wanted.config)
  expect(shape[0]! * shape[1]!).toBe(values.length)
  expect(error(values, wanted.name)).toBeLessThan(2e-6)
})

test('the short-time Fourier transform is that of PyTorch', async () => {
  const { values, shape } = await stft(noise('stft', 600), {
    fftSize: 64,
    hopSize: 20,
    windowSize: 50,
  })
  expect(shape).toEqual([31, 33, 2])
  expect(error(values, 'stft')).toBeLessThan(1e-6)
})

test.for(cases.resample)('resampling of $name is that of torchaudio', async (wanted) => {
  const samples = noise(`resample ${wanted.name}`, wanted.samples)
  const found = await resample(samples, wanted.options)
  expect(error(found, `resample ${wanted.name}`)).toBeLessThan(1e-6)
})

test.for(cases.trim)('silence ends where librosa says: $options', (wanted) => {
  const { before, sound, after, options, kept } = wanted
  const samples = new Float32Array(before + sound + after)
  samples.set(noise('trim', sound), before)
  const hiss = noise('hiss', samples.length)
  const noisy = samples.map((x, i) => x + (hiss[i] ?? 0) / 10_000)
  const found = trimSilence(noisy, options)
  const start = found.byteOffset / 4
  expect([start, start + found.length]).toEqual(kept)
})

test.for(cases.files)('the samples of $name are those that libsndfile reads', async (wanted) => {
  const clip = await readAudio(join(import.meta.dirname, 'audio', wanted.name))
  expect([clip.sampleRate, clip.channels]).toEqual([wanted.rate, wanted.channels])
  const exact = !wanted.name.endsWith('.mp3')
  expect(error(clip.samples, wanted.name)).toBeLessThanOrEqual(exact ? 0 : 1e-5)
})
