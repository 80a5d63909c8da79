// The list of random changes of training samples, and what the native program reads of them.

import { z } from 'zod'

import { show, union } from '../../config/index.ts'
import { AttuneError } from '../../errors/index.ts'
import type { TensorType } from '../../tensor/index.ts'
import { colourSchemas } from './colours.ts'
import type {
  BrightnessConfig,
  ColorJitterConfig,
  ContrastConfig,
  HueConfig,
  RandomGrayscaleConfig,
  SaturationConfig,
} from './colours.ts'
import { cropSchema } from './crop.ts'
import type { CropConfig } from './crop.ts'
import { flipSchema } from './flip.ts'
import type { FlipConfig } from './flip.ts'
import { mixSchemas } from './mixing.ts'
import type { CutmixConfig, MixupConfig } from './mixing.ts'
import { noiseSchemas } from './noises.ts'
import type { EraseConfig, PixelNoiseConfig } from './noises.ts'
import { placeSchemas } from './places.ts'
import type {
  AffineConfig,
  ElasticConfig,
  PerspectiveConfig,
  ResizedCropConfig,
  RotateQuartersConfig,
} from './places.ts'
import { policySchemas } from './policies.ts'
import type { AugMixConfig, RandAugmentConfig, TrivialAugmentConfig } from './policies.ts'
import { rotateSchema } from './rotate.ts'
import type { RotateConfig } from './rotate.ts'
import { saltAndPepperSchema } from './salt-and-pepper.ts'
import type { SaltAndPepperConfig } from './salt-and-pepper.ts'
import { toneSchemas } from './tones.ts'
import type {
  AutocontrastConfig,
  EqualizeConfig,
  GaussianBlurConfig,
  InvertConfig,
  PosterizeConfig,
  SharpnessConfig,
  SolarizeConfig,
} from './tones.ts'

/** Every change by its type. */
export interface ChangeConfigs {
  affine: AffineConfig
  augMix: AugMixConfig
  autocontrast: AutocontrastConfig
  brightness: BrightnessConfig
  colorJitter: ColorJitterConfig
  contrast: ContrastConfig
  crop: CropConfig
  cutmix: CutmixConfig
  elastic: ElasticConfig
  equalize: EqualizeConfig
  erase: EraseConfig
  flip: FlipConfig
  gaussianBlur: GaussianBlurConfig
  hue: HueConfig
  invert: InvertConfig
  mixup: MixupConfig
  perspective: PerspectiveConfig
  pixelNoise: PixelNoiseConfig
  posterize: PosterizeConfig
  randAugment: RandAugmentConfig
  randomGrayscale: RandomGrayscaleConfig
  resizedCrop: ResizedCropConfig
  rotate: RotateConfig
  rotateQuarters: RotateQuartersConfig
  saltAndPepper: SaltAndPepperConfig
  saturation: SaturationConfig
  sharpness: SharpnessConfig
  solarize: SolarizeConfig
  trivialAugment: TrivialAugmentConfig
}

/** The config of any change. */
export type ChangeConfig = ChangeConfigs[keyof ChangeConfigs]

const schemas: { readonly [Type in keyof ChangeConfigs]: z.ZodType } = {
  crop: cropSchema,
  flip: flipSchema,
  rotate: rotateSchema,
  saltAndPepper: saltAndPepperSchema,
  ...colourSchemas,
  ...mixSchemas,
  ...noiseSchemas,
  ...placeSchemas,
  ...policySchemas,
  ...toneSchemas,
}

const isMix = ({ type }: ChangeConfig): boolean => type === 'mixup' || type === 'cutmix'

/** The schema of `augment`: changes in the order in which they are made; mixing comes last. */
export const augmentSchema: z.ZodType<readonly ChangeConfig[], readonly ChangeConfig[]> = z
  .array(union<ChangeConfig>('change', schemas), {
    error: ({ input }) => `expected an array of changes, got ${show(input)}`,
  })
  .refine((changes) => !changes.some((one, i) => isMix(one) && !changes.slice(i).every(isMix)), {
    error: '`mixup` or `cutmix` stands before another change: put them last',
  })
  .refine(
    (changes) =>
      new Set(changes.filter(isMix).map(({ type }) => type)).size === changes.filter(isMix).length,
    {
      error: '`mixup` or `cutmix` stands there twice: leave one out',
    },
  )

/**
 * The changes of each image, with every value given, for images of this type.
 *
 * @throws `AttuneError` `SHAPE` where the samples are no images, `DTYPE` for `int32`.
 * @example
 * ```ts
 * changesOf([flip({ horizontal: 0.5 })], { dtype: 'uint8', shape: [28, 28, 1] })
 * ```
 */
export function changesOf(
  changes: readonly ChangeConfig[],
  { dtype, shape }: TensorType,
): object[] {
  const own = changes.filter((change) => !isMix(change))
  if (shape.length !== 3 && own.length > 0) {
    const message = `augment: expected images [height, width, channels], got [${shape.join(', ')}]`
    throw new AttuneError('SHAPE', `${message}: leave augment out`)
  }
  if (dtype === 'int32' && changes.length > 0) {
    throw new AttuneError('DTYPE', 'augment: expected samples of float32 or uint8, got int32')
  }
  const salt = dtype === 'uint8' ? 255 : 1
  return own.map((change) => {
    if (change.type === 'saltAndPepper') return { salt, ...change }
    if (change.type === 'erase' && change.value === 'random') return { ...change, value: null }
    return change
  })
}

/** How the samples of a batch are mixed. */
export interface Mixing {
  readonly mixup: MixupConfig | null
  readonly cutmix: CutmixConfig | null
}

/**
 * How the samples of a batch are mixed, where they are.
 *
 * @example
 * ```ts
 * mixingOf([flip(), mixup({ alpha: 0.2 })])?.mixup?.alpha // 0.2
 * ```
 */
export function mixingOf(changes: readonly ChangeConfig[]): Mixing | undefined {
  if (!changes.some(isMix)) return undefined
  const up = changes.find((change) => change.type === 'mixup')
  const cut = changes.find((change) => change.type === 'cutmix')
  return { mixup: up ?? null, cutmix: cut ?? null }
}
