// Descriptions of what a sound becomes: spectra, mels, their logarithm, cepstra, or its samples.

import { z } from 'zod'

import { choice, flag, number, oneOf, options, union, wholeNumber } from '../../config/index.ts'

/** Frames of the short-time Fourier transform. The defaults are torchaudio's. */
export interface SpectrumOptions {
  /** Samples of a frame. Default: 400. */
  readonly fftSize?: number | undefined
  /** Samples of the Hann window in the middle of the frame. Default: `fftSize`. */
  readonly windowSize?: number | undefined
  /** Samples from one frame to the next. Default: half of `windowSize`. */
  readonly hopSize?: number | undefined
  /** Whether frame `t` is centred on sample `t hopSize`; else it begins there. Default: true. */
  readonly centre?: boolean | undefined
  /** What lies beyond the ends of the sound. Default: `reflect`. */
  readonly padding?: 'reflect' | 'constant' | undefined
}

/** Options of `spectrogram`. */
export interface SpectrogramOptions extends SpectrumOptions {
  /** 1 for magnitude, 2 for power. Default: 2. */
  readonly power?: 1 | 2 | undefined
}

/** Options of `melSpectrogram`. The defaults are torchaudio's. */
export interface MelSpectrogramOptions extends SpectrogramOptions {
  /** The number of mels, 1 to 4096. Default: 128. */
  readonly mels?: number | undefined
  /** In Hz. Default: 0. */
  readonly minimumFrequency?: number | undefined
  /** In Hz. Default: half the sample rate. */
  readonly maximumFrequency?: number | undefined
  /** Default: `htk`; librosa's default is `slaney`. */
  readonly melScale?: 'htk' | 'slaney' | undefined
  /** `slaney` gives every filter the same area, as librosa does. Default: `none`. */
  readonly melNorm?: 'none' | 'slaney' | undefined
}

/** Options of `logMel`. */
export interface LogMelOptions extends MelSpectrogramOptions {
  /**
   * `decibel`: `10 log10(max(x, floor))` of power, `20 log10` of magnitude; `log10`:
   * `log10(max(x, floor))`; `natural`: `ln(x + floor)`. Default: `decibel`.
   */
  readonly logarithm?: 'natural' | 'log10' | 'decibel' | undefined
  /** What silence counts as, above 0. Default: 1e-10, and 1e-6 for `natural`. */
  readonly floor?: number | undefined
  /**
   * Nothing is lower than the loudest value of the sound less this; `null` for no limit. For
   * `decibel` alone. Default: 80, as in librosa's `power_to_db`.
   */
  readonly topDecibels?: number | null | undefined
}

/** Options of `mfcc`. */
export interface MfccOptions extends LogMelOptions {
  /** The number of coefficients, at most `mels`. Default: 40. */
  readonly coefficients?: number | undefined
}

/** The config of `waveform`. */
export interface WaveformConfig {
  readonly type: 'waveform'
}

/** The config of `spectrogram`. */
export interface SpectrogramConfig extends SpectrogramOptions {
  readonly type: 'spectrogram'
}

/** The config of `melSpectrogram`. */
export interface MelSpectrogramConfig extends MelSpectrogramOptions {
  readonly type: 'melSpectrogram'
}

/** The config of `logMel`. */
export interface LogMelConfig extends LogMelOptions {
  readonly type: 'logMel'
}

/** The config of `mfcc`. */
export interface MfccConfig extends MfccOptions {
  readonly type: 'mfcc'
}

/** Every kind of feature by its type. */
export interface FeatureConfigs {
  logMel: LogMelConfig
  melSpectrogram: MelSpectrogramConfig
  mfcc: MfccConfig
  spectrogram: SpectrogramConfig
  waveform: WaveformConfig
}

/** The config of any features. */
export type FeatureConfig = FeatureConfigs[keyof FeatureConfigs]

/**
 * The samples themselves: `[samples, 1]`.
 *
 * @example
 * ```ts
 * audioFolder({ root: 'sounds', sampleRate: 16_000, duration: 1, features: waveform() })
 * ```
 */
export function waveform(): WaveformConfig {
  return { type: 'waveform' }
}

/**
 * Power or magnitude of the short-time Fourier transform: `[frames, fftSize / 2 + 1]`, equal to
 * torchaudio's `Spectrogram`.
 *
 * @example
 * ```ts
 * spectrogram({ fftSize: 512, hopSize: 160 })
 * ```
 */
export function spectrogram(given: SpectrogramOptions = {}): SpectrogramConfig {
  return { type: 'spectrogram', ...given }
}

/**
 * A spectrogram in mels: `[frames, mels]`, equal to torchaudio's `MelSpectrogram`, and with
 * `melScale: 'slaney', melNorm: 'slaney'` to librosa's `melspectrogram`.
 *
 * @example
 * ```ts
 * melSpectrogram({ mels: 64, fftSize: 1024, hopSize: 256 })
 * ```
 */
export function melSpectrogram(given: MelSpectrogramOptions = {}): MelSpectrogramConfig {
  return { type: 'melSpectrogram', ...given }
}

/**
 * The logarithm of a mel spectrogram: `[frames, mels]`.
 *
 * @example
 * ```ts
 * logMel({ mels: 40, fftSize: 256, hopSize: 80 })
 * ```
 */
export function logMel(given: LogMelOptions = {}): LogMelConfig {
  return { type: 'logMel', ...given }
}

/**
 * Mel-frequency cepstral coefficients, the orthonormal cosine transform of `logMel`:
 * `[frames, coefficients]`, equal to torchaudio's `MFCC`.
 * Davis and Mermelstein 1980, https://doi.org/10.1109/TASSP.1980.1163420.
 *
 * @example
 * ```ts
 * mfcc({ coefficients: 13, mels: 40, fftSize: 512 })
 * ```
 */
export function mfcc(given: MfccOptions = {}): MfccConfig {
  return { type: 'mfcc', ...given }
}

const mostSamples = 1 << 20
const size = (least: number): z.ZodType<number, number> =>
  wholeNumber(least).max(mostSamples, { error: `expected at most ${mostSamples} samples` })

const spectrumFields = {
  fftSize: size(2).default(400),
  windowSize: size(1).optional(),
  hopSize: size(1).optional(),
  centre: flag().default(true),
  padding: choice(['reflect', 'constant']).default('reflect'),
}
const powerField = { power: oneOf('1 or 2', [z.literal(1), z.literal(2)]).default(2) }
const melFields = {
  ...spectrumFields,
  ...powerField,
  mels: wholeNumber(1).max(4096, { error: 'expected at most 4096 mels' }).default(128),
  minimumFrequency: number({ from: 0 }).default(0),
  maximumFrequency: number({ above: 0 }).optional(),
  melScale: choice(['htk', 'slaney']).default('htk'),
  melNorm: choice(['none', 'slaney']).default('none'),
}
const logFields = {
  ...melFields,
  logarithm: choice(['natural', 'log10', 'decibel']).default('decibel'),
  floor: number({ above: 0 }).optional(),
  topDecibels: number({ from: 0 }).nullable().default(80),
}

/** The schema of the options of `stft`. */
export const spectrumSchema: z.ZodType<ResolvedSpectrum, SpectrumOptions> = options(
  spectrumFields,
) as never

/** The schema of any features. */
export const featuresSchema: z.ZodType<FeatureConfig, FeatureConfig> = union('feature', {
  logMel: options({ type: z.literal('logMel'), ...logFields }),
  melSpectrogram: options({ type: z.literal('melSpectrogram'), ...melFields }),
  mfcc: options({
    type: z.literal('mfcc'),
    ...logFields,
    coefficients: wholeNumber(1).default(40),
  }),
  spectrogram: options({ type: z.literal('spectrogram'), ...spectrumFields, ...powerField }),
  waveform: options({ type: z.literal('waveform') }),
})

type ResolvedSpectrum = SpectrumOptions & { readonly fftSize: number }

/**
 * Checked features, or a checked spectrum, with every value given, as the native side reads them.
 *
 * @example
 * ```ts
 * withDefaults({ type: 'spectrogram', fftSize: 512 }) // { ..., windowSize: 512, hopSize: 256 }
 * ```
 */
export function withDefaults<Config extends SpectrumOptions | FeatureConfig>(
  config: Config,
): Config {
  if ('type' in config && config.type === 'waveform') return config
  const { fftSize = 400, ...given }: SpectrumOptions = config
  const { windowSize = fftSize, hopSize = Math.max(1, Math.floor(windowSize / 2)) } = given
  const natural = 'logarithm' in config && config.logarithm === 'natural'
  const floor = 'logarithm' in config ? { floor: config.floor ?? (natural ? 1e-6 : 1e-10) } : {}
  return { ...config, windowSize, hopSize, ...floor }
}
