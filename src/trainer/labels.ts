// The labels of a data set: their check, and the weights that balance their classes.

import { isBlocks } from '../data/index.ts'
import type { ResolvedData, Source } from '../data/index.ts'
import { AttuneError, guard } from '../errors/index.ts'
import type { NativeDataSet } from '../native.ts'
import { elements } from '../tensor/index.ts'
import { tracePrediction } from './programs.ts'
import type { Parts } from './programs.ts'
import type { ResolvedRun } from './schema.ts'

/**
 * Refuses samples unlike those that the model was made for, and labels that are no class.
 *
 * @throws `AttuneError` `SHAPE` or `DATA`.
 * @example
 * ```ts
 * checkSamples(data, programs.parts)
 * ```
 */
export function checkSamples(data: ResolvedData, parts: Parts): void {
  const [expected, came] = [parts.signature, data].map(({ columns: { x, y, weight } }) =>
    JSON.stringify({ x, y, weight }),
  )
  if (came !== expected) {
    throw new AttuneError('SHAPE', `data: expected samples of ${expected}, got ${came}`)
  }
  const check = labelCheck(parts)
  for (const samples of [data.train, data.validation, data.test]) {
    if (samples !== undefined && !isBlocks(samples)) check(samples)
  }
}

/**
 * What refuses samples with a label that is no class of the model.
 *
 * @throws `AttuneError` `DATA`, when it is called.
 * @example
 * ```ts
 * labelCheck(programs.parts)(samples)
 * ```
 */
export function labelCheck(parts: Parts): (samples: NativeDataSet) => void {
  const { dtype, shape } = parts.signature.columns.y
  if (dtype === 'float32') return () => undefined
  const { output } = tracePrediction(parts, 1)
  const labels = parts.loss.labels(output, { dtype, shape: [1, ...shape] })
  if (labels === undefined) return () => undefined
  return (samples) => guard(() => checkLabels(samples, shape, labels), 'data')
}

/**
 * The weights of classes of a run, `balanced` worked out.
 *
 * @param train the training samples, asked for where they are counted.
 * @throws `AttuneError` `CONFIG` for a loss without classes, or more or fewer weights than classes.
 * @example
 * ```ts
 * const weights = await classWeightOf(config, parts, train)
 * ```
 */
export async function classWeightOf(
  { classWeight, loss }: Pick<ResolvedRun, 'classWeight' | 'loss'>,
  parts: Parts,
  train: () => Promise<Source>,
): Promise<readonly number[] | undefined> {
  if (classWeight === undefined) return undefined
  const { output } = tracePrediction(parts, 1)
  const { dtype, shape } = parts.signature.columns.y
  const target = { dtype, shape: [1, ...shape] }
  const classes = parts.loss.classCount({ dtype: 'float32', shape: output }, target)
  if (classes === undefined) {
    const message = `classWeight: expected a loss of classes, got ${loss.type}: weigh samples instead`
    throw new AttuneError('CONFIG', message)
  }
  if (classWeight === 'balanced') return balancedWeights(countable(await train()), classes, shape)
  if (classWeight.length === classes) return classWeight
  const message = `classWeight: expected ${classes} numbers, one for each class, got ${classWeight.length}`
  throw new AttuneError('CONFIG', message)
}

function countable(samples: Source): NativeDataSet {
  if (!isBlocks(samples)) return samples
  const message = 'classWeight: classes cannot be counted in samples that are loaded block by block'
  throw new AttuneError('CONFIG', `${message}: give one number for each class`)
}

/** Refuses a label that is no class, but for one that is let through. */
function checkLabels(
  samples: NativeDataSet,
  shape: readonly number[],
  { below, except }: { readonly below: number; readonly except: number | undefined },
): void {
  if (shape.length === 0 && except === undefined) return samples.checkLabels('y', below)
  const labels = samples.column('y')
  const wrong = labels.findIndex((label) => (label < 0 || label >= below) && label !== except)
  if (wrong < 0) return
  const ignored = except === undefined ? '' : ` or ${except}`
  const sample = Math.floor(wrong / elements(shape))
  const message =
    `y: expected class indices from 0 to ${below - 1}${ignored}, got ${labels[wrong]} in sample ` +
    `${sample}: give the last layer more units, or correct the label`
  throw new AttuneError('DATA', message)
}

/**
 * `n / (k n_c)` for each class `c` of `n` labels in `k` classes that occur, as scikit-learn's
 * `balanced`; 1 for a class that does not. King and Zeng 2001.
 */
function balancedWeights(
  samples: NativeDataSet,
  classes: number,
  shape: readonly number[],
): number[] {
  const counts = Array.from({ length: classes }, () => 0)
  for (const label of labelsOf(samples, classes, shape)) {
    if (label >= 0 && label < classes) counts[label] = (counts[label] ?? 0) + 1
  }
  const all = counts.reduce((sum, count) => sum + count, 0)
  const occurring = counts.filter((count) => count > 0).length
  return counts.map((count) => (count === 0 ? 1 : all / (occurring * count)))
}

/** Labels as they are; of probabilities the likeliest class, of zeros and ones those. */
function* labelsOf(
  samples: NativeDataSet,
  classes: number,
  shape: readonly number[],
): Generator<number> {
  const y = samples.column('y')
  if (!(y instanceof Float32Array)) return yield* y
  if (classes === 2 && shape.at(-1) !== 2) return yield* y.map((value) => (value > 0.5 ? 1 : 0))
  for (let i = 0; i < y.length; i += classes) {
    const row = y.subarray(i, i + classes)
    yield row.indexOf(Math.max(...row))
  }
}
