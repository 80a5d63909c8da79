// Loading a folder of sounds: listed, decoded, split, and turned into features once or every epoch.

import { guard, guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { NativeDataSet } from '../../native.ts'
import { columnsOf } from '../columns.ts'
import type { ResolvedData, Skipped } from '../define.ts'
import { classesOf, labelsOf, leftOut, listFiles } from '../labelled-files.ts'
import type { FileKinds, LabelledFile } from '../labelled-files.ts'
import { normalisation } from '../normalise.ts'
import { splitOff } from '../split.ts'
import type { ResolvedAudioFolder } from './audio-folder.ts'
import { ChangingSounds, plainFeatures } from './changing-sounds.ts'
import { waveform } from './features.ts'
import { recipeOf } from './recipe.ts'
import type { AudioRecipe } from './recipe.ts'

const kinds: FileKinds = {
  names: 'WAV, FLAC or MP3',
  endings: new Set(['.wav', '.wave', '.flac', '.mp3']),
}

/**
 * The data of a run out of a folder of sounds.
 *
 * @throws `AttuneError` `IO`, `CORRUPT` or `DATA` naming the first bad file.
 * @example
 * ```ts
 * const { train, classes } = await loadSounds(config, 0, 'data')
 * ```
 */
export async function loadSounds(
  config: ResolvedAudioFolder,
  seed: number,
  where: string,
): Promise<ResolvedData> {
  const files = await listFiles(config.root, kinds, config, where)
  const classes = classesOf(files, where)
  const recipe = recipeOf(config)
  const skipped: Skipped[] = []
  const read = (isTest: boolean, by: AudioRecipe): Promise<NativeDataSet> => {
    const part = files.filter((file) => file.isTest === isTest)
    return readPart(part, classes, by, config.onBadSample === 'skip' ? skipped : undefined, where)
  }
  const changes = config.augment.length > 0
  const samples = await read(false, changes ? { ...recipe, features: waveform() } : recipe)
  const split = splitOff(samples, config.validation, config.validationFrom, seed, where)
  const measured = changes ? await plainFeatures(split.train, recipe) : split.train
  const columns = columnsOf(measured)
  return {
    train: changes
      ? new ChangingSounds(split.train, recipe, config.augment, seed, columns.x.shape)
      : split.train,
    validation:
      changes && split.validation
        ? await plainFeatures(split.validation, recipe)
        : split.validation,
    test: files.some((file) => file.isTest) ? await read(true, recipe) : undefined,
    columns,
    classes,
    normalisation: normalisation(measured, config.normalise),
    preparation: { type: 'audio', ...recipe },
    split: split.split,
    skipped,
  }
}

async function readPart(
  files: readonly LabelledFile[],
  classes: readonly string[],
  recipe: AudioRecipe,
  skipped: Skipped[] | undefined,
  where: string,
): Promise<NativeDataSet> {
  const labels = labelsOf(files, classes)
  const paths = files.map(({ path }) => path)
  const read = await guarded(
    native().readAudioFiles(paths, labels, JSON.stringify(recipe), skipped !== undefined),
    where,
  )
  skipped?.push(...leftOut(read.skipped, files))
  return guard(() => read.take(), where)
}
