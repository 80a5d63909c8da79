// Images in a folder, one folder a class or the class in the name, at one size.

import { z } from 'zod'

import { choice, flag, number, oneOf, options, show, wholeNumber } from '../../config/index.ts'
import type { DataDefinition } from '../define.ts'
import { labelPattern, testPattern } from '../labelled-files.ts'
import { imageNormalise } from '../normalise.ts'
import type { ImageNormalise } from '../normalise.ts'
import { onBadSample } from '../on-bad-sample.ts'
import type { OnBadSample } from '../on-bad-sample.ts'
import { validationFrom, validationSize } from '../split.ts'
import type { ValidationFrom, ValidationSize } from '../split.ts'
import { imageLimitsSchema } from './limits.ts'
import type { ImageLimits } from './limits.ts'
import { loadImages } from './load-images.ts'
import { channelsSchema } from './read-image.ts'
import type { ImageRecipe } from './recipe.ts'

/** Which parts `randomCrop` takes. */
export interface RandomCropOptions {
  /** The least and the largest share of the area. Default: `[0.08, 1]`. */
  readonly scale?: readonly [least: number, most: number] | undefined
  /** The least and the largest width by height. Default: `[3 / 4, 4 / 3]`. */
  readonly ratio?: readonly [least: number, most: number] | undefined
}

/** Options of `imageFolder`. */
export interface ImageFolderOptions {
  /** The folder; PNG, JPEG, WebP, BMP and GIF files are looked for at any depth. */
  readonly root: string
  /** Of every sample in pixels: height and width, or one number for both. */
  readonly size: number | readonly [height: number, width: number]
  /** 1: grey, 3: red, green and blue, 4: and how opaque. Default: 3. */
  readonly channels?: 1 | 3 | 4 | undefined
  /**
   * What becomes of an image of another shape. `crop`: the shorter side is brought to its size and
   * the middle cut out, as torchvision's `Resize` and `CenterCrop`; `pad`: the longer side is, and
   * the rest filled; `stretch`: both sides are. Default: `crop`.
   */
  readonly fit?: 'crop' | 'pad' | 'stretch' | undefined
  /** For `crop`: the shorter side before the middle is cut out, in pixels. Default: as `size`. */
  readonly resize?: number | undefined
  /** For `pad`: what is filled in, 0 to 255. Default: 0. */
  readonly fill?: number | undefined
  /** How pixels are read between pixels. Default: `bilinear`. */
  readonly interpolation?: ImageRecipe['interpolation'] | undefined
  /** Whether all pixels count when an image becomes smaller, as in Pillow. Default: true. */
  readonly antialias?: boolean | undefined
  /** Whether a photograph is turned upright as its EXIF data say. Default: true. */
  readonly orient?: boolean | undefined
  /**
   * In training, a random part of each image brought to `size`, drawn anew for every epoch:
   * torchvision's `RandomResizedCrop`. Files are then read as by `streaming`. Default: none.
   */
  readonly randomCrop?: boolean | RandomCropOptions | undefined
  /**
   * Whether files are read and decoded as steps need them, on every core, instead of being held in
   * memory. Default: false.
   */
  readonly streaming?: boolean | undefined
  /**
   * A regular expression whose first group finds the class in a file's name, such as `^(\\w+)_`.
   * Default: the class is the folder that holds the file.
   */
  readonly label?: string | undefined
  /** A regular expression: files whose path below `root` it matches are the test part. */
  readonly test?: string | undefined
  /** A fraction below 1, a number of the other files, or a fold as `{ fold, of }`. Default: 0.1. */
  readonly validation?: ValidationSize | undefined
  /** Default: `random`, drawn by the run's seed. */
  readonly validationFrom?: ValidationFrom | undefined
  /**
   * `unit`: from 0 to 1; `standard`: mean 0 and deviation 1 over the training part; `{ mean,
   * deviation }`: of each channel at unit scale, as torchvision's `Normalize`. Default: `unit`.
   */
  readonly normalise?: ImageNormalise | undefined
  /**
   * What a file that cannot be used does: `skip` leaves it out and says so; where files are
   * streamed, all are decoded once before training to find them. Default: `error`.
   */
  readonly onBadSample?: OnBadSample | undefined
  /** What a file may at most be. */
  readonly limits?: ImageLimits | undefined
}

/** The config of `imageFolder`. */
export interface ImageFolderConfig extends ImageFolderOptions {
  readonly type: 'imageFolder'
}

/** The config with the defaults filled in. */
export type ResolvedImageFolder = Whole<
  Omit<ImageFolderConfig, 'label' | 'test' | 'resize' | 'randomCrop' | 'limits'>
> & {
  readonly label?: string | undefined
  readonly test?: string | undefined
  readonly resize?: number | undefined
  readonly randomCrop: false | Required<RandomCropOptions>
  readonly limits: Required<ImageLimits>
}

type Whole<Config> = { readonly [Key in keyof Config]-?: Exclude<Config[Key], undefined> }

/**
 * Images and their classes out of a folder: `x` uint8 `[height, width, channels]`, `y` the class.
 * Classes are sorted by name. Files are decoded on every core.
 *
 * @throws `AttuneError`, when a run begins: `IO`, `CORRUPT` or `DATA` naming the first bad file.
 * @example
 * ```ts
 * imageFolder({ root: 'photos', size: 224, randomCrop: true, test: '^test/' })
 * ```
 */
export function imageFolder(given: ImageFolderOptions): ImageFolderConfig {
  return { type: 'imageFolder', ...given }
}

const side = wholeNumber(1).max(65_535, { error: 'expected at most 65535 pixels' })
const range = (words: string, most: number): z.ZodType =>
  z
    .tuple([number({ above: 0, to: most }), number({ above: 0, to: most })], {
      error: ({ input }) => `expected [least, most] of ${words}, got ${show(input)}`,
    })
    .refine(([least, highest]) => least <= highest, {
      error: ({ input }) => `expected least <= most, got ${show(input)}`,
    })
const randomCrop = options({
  scale: range('the area', 1).default([0.08, 1]),
  ratio: range('width by height', 1000).default([3 / 4, 4 / 3]),
})

/** How `imageFolder` is checked and loaded. */
export const imageFolderData: DataDefinition<ImageFolderConfig, ResolvedImageFolder> = {
  type: 'imageFolder',
  schema: options({
    type: z.literal('imageFolder'),
    root: z.string({ error: ({ input }) => `expected the path of a folder, got ${show(input)}` }),
    size: oneOf('a number of pixels, or [height, width]', [side, z.tuple([side, side])]),
    channels: channelsSchema.default(3),
    fit: choice(['crop', 'pad', 'stretch']).default('crop'),
    resize: side.optional(),
    fill: wholeNumber(0).max(255, { error: 'expected at most 255' }).default(0),
    interpolation: choice(['nearest', 'bilinear', 'bicubic', 'area', 'lanczos']).default(
      'bilinear',
    ),
    antialias: flag().default(true),
    orient: flag().default(true),
    randomCrop: oneOf('true, false, or { scale, ratio }', [flag(), randomCrop])
      .transform((given) => (given === true ? randomCrop.parse({}) : given))
      .default(false),
    streaming: flag().default(false),
    label: labelPattern.optional(),
    test: testPattern.optional(),
    validation: validationSize.default(0.1),
    validationFrom: validationFrom.default('random'),
    normalise: imageNormalise.default('unit'),
    onBadSample: onBadSample.default('error'),
    limits: imageLimitsSchema.prefault({}),
  }) as never,
  load: loadImages,
}
