// Loading a folder of images: listed, split, and held in memory or decoded as steps need them.

import { AttuneError, guard, guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { NativeDataSet, NativeImageFiles } from '../../native.ts'
import type { ResolvedData, Skipped } from '../define.ts'
import { classesOf, labelsOf, leftOut, listFiles } from '../labelled-files.ts'
import type { FileKinds, LabelledFile } from '../labelled-files.ts'
import { channelNormalisation, normalisation } from '../normalise.ts'
import { splitOff } from '../split.ts'
import type { Split, SplitRecord } from '../split.ts'
import type { ResolvedImageFolder } from './image-folder.ts'
import { recipeOf } from './recipe.ts'
import type { ImageRecipe } from './recipe.ts'
import { StreamedImages } from './streamed-images.ts'

const kinds: FileKinds = {
  names: 'PNG, JPEG, WebP, BMP or GIF',
  endings: new Set(['.png', '.jpg', '.jpeg', '.webp', '.bmp', '.gif']),
}

/** What both ways of loading need. */
interface Found {
  readonly config: ResolvedImageFolder
  readonly recipe: ImageRecipe
  readonly seed: number
  readonly where: string
  readonly classes: readonly string[]
  readonly train: readonly LabelledFile[]
  readonly test: readonly LabelledFile[]
  /** Takes what is left out. */
  readonly skipped: Skipped[]
}

/**
 * The data of a run out of a folder of images.
 *
 * @throws `AttuneError` `IO`, `CORRUPT` or `DATA` naming the first bad file; `CONFIG` where `standard`
 *   is asked of images that are not held in memory.
 * @example
 * ```ts
 * const { train, classes } = await loadImages(config, 0, 'data')
 * ```
 */
export async function loadImages(
  config: ResolvedImageFolder,
  seed: number,
  where: string,
): Promise<ResolvedData> {
  const files = await listFiles(config.root, kinds, config, where)
  const classes = classesOf(files, where)
  const recipe = recipeOf(config)
  const skipped: Skipped[] = []
  const [train, test] = [false, true].map((isTest) => files.filter((one) => one.isTest === isTest))
  const found = { config, recipe, seed, where, classes, skipped, train: train!, test: test! }
  const parts =
    config.streaming || config.randomCrop !== false ? await streamed(found) : await held(found)
  return {
    ...parts,
    columns: {
      x: { dtype: 'uint8', shape: [recipe.height, recipe.width, recipe.channels] },
      y: { dtype: 'int32', shape: [] },
    },
    classes,
    preparation: { type: 'image', ...recipe },
    skipped,
  }
}

type Parts = Pick<ResolvedData, 'train' | 'validation' | 'test' | 'normalisation' | 'split'>

async function held(found: Found): Promise<Parts> {
  const { config, recipe, classes, skipped, where } = found
  const read = async (files: readonly LabelledFile[]): Promise<NativeDataSet> => {
    const images = imageFiles(files, classes, recipe, where)
    const all = await guarded(images.read(config.onBadSample === 'skip'), where)
    skipped.push(...leftOut(all.skipped, files))
    return guard(() => all.take(), where)
  }
  const split = splitOff(
    await read(found.train),
    config.validation,
    config.validationFrom,
    found.seed,
    where,
  )
  const { normalise } = config
  return {
    ...split,
    test: found.test.length > 0 ? await read(found.test) : undefined,
    normalisation:
      typeof normalise === 'string'
        ? normalisation(split.train, normalise, 255)
        : channelNormalisation(normalise, recipe.channels, 255, where),
  }
}

async function streamed(found: Found): Promise<Parts> {
  const { config, recipe, classes, skipped, seed, where } = found
  const { normalise, randomCrop } = config
  if (normalise === 'standard') {
    const message = `${where}.normalise: expected unit, none, or { mean, deviation } for images that are streamed`
    throw new AttuneError('CONFIG', `${message}, got "standard": give the figures of the channels`)
  }
  const usable = async (files: readonly LabelledFile[]): Promise<readonly LabelledFile[]> => {
    if (config.onBadSample === 'error' || files.length === 0) return files
    const bad = leftOut(
      await guarded(imageFiles(files, classes, recipe, where).bad(), where),
      files,
    )
    skipped.push(...bad)
    const paths = new Set(bad.map(({ sample }) => sample))
    return files.filter(({ path }) => !paths.has(path))
  }
  const stream = (files: readonly LabelledFile[], by: object): StreamedImages =>
    new StreamedImages(imageFiles(files, classes, by, where), seed, recipe)
  const split = splitFiles(await usable(found.train), found)
  const test = await usable(found.test)
  return {
    train: stream(split.train, randomCrop === false ? recipe : { ...recipe, randomCrop }),
    validation: split.validation && stream(split.validation, recipe),
    split: split.split,
    test: test.length > 0 ? stream(test, recipe) : undefined,
    normalisation:
      typeof normalise === 'string'
        ? { shift: 0, scale: normalise === 'unit' ? 1 / 255 : 1 }
        : channelNormalisation(normalise, recipe.channels, 255, where),
  }
}

/** The split that samples in memory would have, of their files. */
function splitFiles(
  files: readonly LabelledFile[],
  { config, classes, seed, where }: Found,
): { train: LabelledFile[]; validation: LabelledFile[] | undefined; split: SplitRecord } {
  const numbers = Int32Array.from(files, (_, i) => i)
  const labels = Int32Array.from(files, ({ className }) => classes.indexOf(className))
  const sizes = [files.length]
  const all = native().DataSet.from({ x: numbers, y: labels }, { x: sizes, y: sizes })
  const split: Split = splitOff(all, config.validation, config.validationFrom, seed, where)
  const named = (part: NativeDataSet): LabelledFile[] =>
    Array.from(part.column('x'), (at) => files[at]).filter((file) => file !== undefined)
  return {
    train: named(split.train),
    validation: split.validation && named(split.validation),
    split: split.split,
  }
}

function imageFiles(
  files: readonly LabelledFile[],
  classes: readonly string[],
  recipe: object,
  where: string,
): NativeImageFiles {
  const paths = files.map(({ path }) => path)
  const labels = labelsOf(files, classes)
  return guard(() => native().ImageFiles.from(paths, labels, JSON.stringify(recipe)), where)
}
