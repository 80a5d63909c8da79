// Loading a folder of sounds: listed, decoded, split, and turned into features once or every epoch.

import { AttuneError, guard, guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { NativeDataSet } from '../../native.ts'
import { columnsOf } from '../columns.ts'
import type { ResolvedData, Skipped } from '../define.ts'
import { normalisation } from '../normalise.ts'
import { splitOff } from '../split.ts'
import type { ResolvedAudioFolder } from './audio-folder.ts'
import { ChangingSounds, plainFeatures } from './changing-sounds.ts'
import { waveform } from './features.ts'
import { listSounds } from './files.ts'
import type { LabelledFile } from './files.ts'
import { recipeOf } from './recipe.ts'
import type { AudioRecipe } from './recipe.ts'

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
  const files = await listSounds(config.root, { label: config.label, test: config.test }, where)
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
    skipped,
  }
}

function classesOf(files: readonly LabelledFile[], where: string): string[] {
  const trained = new Set(files.filter(({ isTest }) => !isTest).map(({ className }) => className))
  if (trained.size === 0) {
    const message = `${where}.test: expected files to train on, but the pattern takes all of them`
    throw new AttuneError('DATA', `${message}: narrow it`)
  }
  const unseen = files.find(({ className }) => !trained.has(className))
  if (unseen !== undefined) {
    const { className, name } = unseen
    const message = `${where}.test: expected the classes of the training files, got "${className}"`
    throw new AttuneError('DATA', `${message} of ${name}: train on some of it, or take it away`)
  }
  return [...trained].toSorted()
}

async function readPart(
  files: readonly LabelledFile[],
  classes: readonly string[],
  recipe: AudioRecipe,
  skipped: Skipped[] | undefined,
  where: string,
): Promise<NativeDataSet> {
  const numbers = new Map(classes.map((name, label) => [name, label]))
  const labels = Int32Array.from(files, ({ className }) => numbers.get(className) ?? 0)
  const paths = files.map(({ path }) => path)
  const read = await guarded(
    native().readAudioFiles(paths, labels, JSON.stringify(recipe), skipped !== undefined),
    where,
  )
  const bad = JSON.parse(read.skipped) as { index: number; message: string }[]
  for (const { index, message } of bad) {
    const { path = '' } = files[index] ?? {}
    skipped?.push({ sample: path, reason: message.replace(`${path}: `, '') })
  }
  return guard(() => read.take(), where)
}
