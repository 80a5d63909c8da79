// Sound: files and folders, features, and what is done to samples by hand.

export { audioFolder, audioFolderData } from './audio-folder.ts'
export type { AudioFolderConfig, AudioFolderOptions } from './audio-folder.ts'
export { addNoise, gain, specAugment, speedChange, timeShift } from './changes.ts'
export type {
  AddNoiseConfig,
  AddNoiseOptions,
  AudioChangeConfig,
  GainConfig,
  GainOptions,
  SpecAugmentConfig,
  SpecAugmentOptions,
  SpeedChangeConfig,
  SpeedChangeOptions,
  TimeShiftConfig,
  TimeShiftOptions,
} from './changes.ts'
export {
  audioFeatures,
  audioPicture,
  mono,
  readAudio,
  resample,
  stft,
  trimSilence,
} from './compute.ts'
export type { AudioClip, AudioFeatures, ResampleOptions } from './compute.ts'
export { logMel, melSpectrogram, mfcc, spectrogram, waveform } from './features.ts'
export type {
  FeatureConfig,
  LogMelConfig,
  LogMelOptions,
  MelSpectrogramConfig,
  MelSpectrogramOptions,
  MfccConfig,
  MfccOptions,
  SpectrogramConfig,
  SpectrogramOptions,
  SpectrumOptions,
  WaveformConfig,
} from './features.ts'
export type { AudioLimits } from './limits.ts'
export { audioPreparation } from './preparation.ts'
export type { TrimOptions } from './trim.ts'
