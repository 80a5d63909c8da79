// Sound by hand: files read, resampled, trimmed and turned into features.

import { z } from 'zod'

import { choice, number, options, parse, wholeNumber } from '../../config/index.ts'
import { AttuneError, guard, guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import { featuresSchema, spectrumSchema, withDefaults } from './features.ts'
import type { FeatureConfig, SpectrumOptions } from './features.ts'
import { limitsSchema } from './limits.ts'
import type { AudioLimits } from './limits.ts'
import { trimSchema } from './trim.ts'
import type { TrimOptions } from './trim.ts'

/** A sound in memory. */
export interface AudioClip {
  /** From -1 to 1, one for each channel at each moment: interleaved. */
  readonly samples: Float32Array
  /** Moments a second. */
  readonly sampleRate: number
  /** Default: 1. */
  readonly channels?: number | undefined
}

/** Numbers with their shape, row-major. */
export interface AudioFeatures {
  readonly values: Float32Array
  readonly shape: readonly number[]
}

/** Options of `resample`. The defaults are those of torchaudio's `resample`. */
export interface ResampleOptions {
  /** In Hz. */
  readonly from: number
  /** In Hz. */
  readonly to: number
  /** Zero crossings of the filter on each side, 1 to 512: more are sharper. Default: 6. */
  readonly zeros?: number | undefined
  /** The cut-off as a share of half the lower rate, above 0 and at most 1. Default: 0.99. */
  readonly rolloff?: number | undefined
  /** How the filter fades out. Default: `hann`. */
  readonly taper?: 'hann' | 'kaiser' | undefined
  /** Of the Kaiser window, 0 to 100. Default: 14.769656459379492. */
  readonly beta?: number | undefined
}

/**
 * Decodes a WAV (PCM of 8, 16, 24 and 32 bits, floats), FLAC or MP3 file.
 *
 * @throws `AttuneError` `IO` where it cannot be read, `CORRUPT` for a damaged file or one of another
 *   kind than its name says, `DATA` for one without sound or beyond the limits; all name the file.
 * @example
 * ```ts
 * const { samples, sampleRate } = mono(await readAudio('seven.wav'))
 * ```
 */
export async function readAudio(
  file: string,
  limits: AudioLimits = {},
): Promise<Required<AudioClip>> {
  const checked = parse(limitsSchema, limits, 'readAudio')
  return guarded(native().readAudio(file, JSON.stringify(checked)))
}

/**
 * The mean of a clip's channels.
 *
 * @example
 * ```ts
 * mono({ samples: Float32Array.of(1, 0), sampleRate: 8000, channels: 2 }).samples // [0.5]
 * ```
 */
export function mono(clip: AudioClip): Required<AudioClip> {
  const { samples, sampleRate, channels = 1 } = clip
  if (channels === 1) return { samples, sampleRate, channels }
  const mixed = new Float32Array(Math.floor(samples.length / channels))
  for (let t = 0; t < mixed.length; t++) {
    let sum = 0
    for (let c = 0; c < channels; c++) sum += samples[t * channels + c] ?? 0
    mixed[t] = sum / channels
  }
  return { samples: mixed, sampleRate, channels: 1 }
}

const resampleSchema = options({
  from: wholeNumber(1),
  to: wholeNumber(1),
  zeros: wholeNumber(1).max(512, { error: 'expected at most 512 zero crossings' }).default(6),
  rolloff: number({ above: 0, to: 1 }).default(0.99),
  taper: choice(['hann', 'kaiser']).default('hann'),
  beta: number({ from: 0, to: 100 }).default(14.769656459379492),
})

/**
 * Samples of one channel at another rate, band-limited: equal to torchaudio's `resample`.
 * `ceil(length to / from)` samples come back.
 *
 * @throws `AttuneError` `CONFIG` for options outside their range.
 * @example
 * ```ts
 * const low = await resample(samples, { from: 44_100, to: 16_000 })
 * ```
 */
export async function resample(
  samples: Float32Array,
  given: ResampleOptions,
): Promise<Float32Array> {
  const { from, to, ...filter } = parse(resampleSchema, given, 'resample')
  return guarded(native().resample(samples, from, to, JSON.stringify(filter)), 'resample')
}

/**
 * The part of a sound that is not silence at its ends, by the rule of `librosa.effects.trim`.
 * It is a view of `samples`.
 *
 * @example
 * ```ts
 * const spoken = trimSilence(samples, { topDecibels: 30 })
 * ```
 */
export function trimSilence(samples: Float32Array, given: TrimOptions = {}): Float32Array {
  const rule = parse(trimSchema, given, 'trimSilence')
  const kept = guard(() => native().sounding(samples, JSON.stringify(rule)), 'trimSilence')
  const [start, end] = JSON.parse(kept) as [number, number]
  return samples.subarray(start, end)
}

/**
 * The short-time Fourier transform: `[frames, fftSize / 2 + 1, 2]`, real and imaginary part. Equal
 * to `torch.stft` with a periodic Hann window, frames first.
 *
 * @throws `AttuneError` `CONFIG` for options outside their range, `DATA` for too few samples.
 * @example
 * ```ts
 * const { values, shape } = await stft(samples, { fftSize: 512, hopSize: 128 })
 * ```
 */
export async function stft(
  samples: Float32Array,
  given: SpectrumOptions = {},
): Promise<AudioFeatures> {
  const spectrum = { ...withDefaults(parse(spectrumSchema, given, 'stft')), power: 2 }
  return guarded(native().stft(samples, JSON.stringify(spectrum)), 'stft')
}

/**
 * Features of a sound of one channel, frame after frame: `[frames, features]`.
 *
 * @throws `AttuneError` `CONFIG` for options outside their range, `DATA` for several channels or too
 *   few samples.
 * @example
 * ```ts
 * const { values, shape } = await audioFeatures(await readAudio('seven.wav'), logMel({ mels: 40 }))
 * ```
 */
export async function audioFeatures(
  clip: AudioClip,
  features: FeatureConfig,
): Promise<AudioFeatures> {
  const { samples, sampleRate, channels = 1 } = clip
  if (channels !== 1) {
    const message = `audioFeatures: expected a sound of one channel, got ${channels}`
    throw new AttuneError('DATA', `${message}: mix it first, as in \`mono(clip)\``)
  }
  const rate = parse(z.object({ sampleRate: wholeNumber(1) }), { sampleRate }, 'audioFeatures')
  const config = withDefaults(parse(featuresSchema, features, 'audioFeatures'))
  return guarded(
    native().audioFeatures(samples, rate.sampleRate, JSON.stringify(config)),
    'audioFeatures',
  )
}

/**
 * Features as a grey picture, time to the right, frequency upwards, loud is bright: bytes
 * `[features, frames]`.
 *
 * @example
 * ```ts
 * const { pixels, width, height } = audioPicture(await audioFeatures(clip, logMel()))
 * ```
 */
export function audioPicture({ values, shape }: AudioFeatures): {
  readonly pixels: Uint8Array
  readonly width: number
  readonly height: number
} {
  const [frames = 0, features = 0] = shape
  const pixels = guard(() => native().audioPicture(values, frames, features), 'audioPicture')
  return { pixels, width: frames, height: features }
}
