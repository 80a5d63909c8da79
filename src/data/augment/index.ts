// Augmentation: random changes of training samples, a function of (seed, epoch, sample).

export { augmentImages } from './augment-images.ts'
export type { AugmentImagesOptions, Images } from './augment-images.ts'
export { augmentSchema, changesOf, mixingOf } from './changes.ts'
export type { ChangeConfig, ChangeConfigs, Mixing } from './changes.ts'
export { brightness, colorJitter, contrast, hue, randomGrayscale, saturation } from './colours.ts'
export type {
  BrightnessConfig,
  ColorJitterConfig,
  ColorJitterOptions,
  ContrastConfig,
  FactorOptions,
  HueConfig,
  HueOptions,
  RandomGrayscaleConfig,
  SaturationConfig,
} from './colours.ts'
export { crop } from './crop.ts'
export type { CropConfig, CropOptions } from './crop.ts'
export { flip } from './flip.ts'
export type { FlipConfig, FlipOptions } from './flip.ts'
export { cutmix, mixup } from './mixing.ts'
export type { CutmixConfig, MixOptions, MixupConfig } from './mixing.ts'
export { erase, pixelNoise } from './noises.ts'
export type { EraseConfig, EraseOptions, PixelNoiseConfig, PixelNoiseOptions } from './noises.ts'
export { affine, elastic, perspective, resizedCrop, rotateQuarters } from './places.ts'
export type {
  AffineConfig,
  AffineOptions,
  ElasticConfig,
  ElasticOptions,
  PerspectiveConfig,
  PerspectiveOptions,
  ResizedCropConfig,
  ResizedCropOptions,
  RotateQuartersConfig,
  RotateQuartersOptions,
} from './places.ts'
export { augMix, randAugment, trivialAugment } from './policies.ts'
export type {
  AugMixConfig,
  AugMixOptions,
  RandAugmentConfig,
  RandAugmentOptions,
  TrivialAugmentConfig,
  TrivialAugmentOptions,
} from './policies.ts'
export { rotate } from './rotate.ts'
export type { RotateConfig, RotateOptions } from './rotate.ts'
export { saltAndPepper } from './salt-and-pepper.ts'
export type { SaltAndPepperConfig, SaltAndPepperOptions } from './salt-and-pepper.ts'
export {
  autocontrast,
  equalize,
  gaussianBlur,
  invert,
  posterize,
  sharpness,
  solarize,
} from './tones.ts'
export type {
  AutocontrastConfig,
  EqualizeConfig,
  GaussianBlurConfig,
  GaussianBlurOptions,
  InvertConfig,
  PosterizeConfig,
  PosterizeOptions,
  SharpnessConfig,
  SharpnessOptions,
  SolarizeConfig,
  SolarizeOptions,
} from './tones.ts'
