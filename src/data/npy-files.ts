// NumPy's arrays as samples: .npy files, or the members of an .npz archive.

import { z } from 'zod'

import { list, options, text } from '../config/index.ts'
import { AttuneError, guard, guarded } from '../errors/index.ts'
import { native } from '../native.ts'
import type { NativeDataSet } from '../native.ts'
import { columnsOf } from './columns.ts'
import type { DataDefinition } from './define.ts'
import { normalisation, normalise } from './normalise.ts'
import type { Normalise } from './normalise.ts'
import { splitOff, validationFrom, validationSize } from './split.ts'
import type { ValidationFrom, ValidationSize } from './split.ts'

/** Where the arrays of a part lie. */
export interface NpyPair {
  /** Inputs: a .npy file, or a member of `archive`. The first size is the number of samples. */
  readonly x: string
  /** Labels (whole numbers from 0) or targets, the same number of samples. */
  readonly y: string
}

/** Options of `npyFiles`. */
export interface NpyFilesOptions extends NpyPair {
  /** An .npz archive; `x` and `y` then name its members. Default: none. */
  readonly archive?: string | undefined
  /** The names of the classes, in the order of the labels. Default: none. */
  readonly classes?: readonly string[] | undefined
  /** A fraction below 1, a number of samples, or a fold as `{ fold, of }`. Default: 0.1. */
  readonly validation?: ValidationSize | undefined
  /** Default: `random`, drawn by the run's seed. */
  readonly validationFrom?: ValidationFrom | undefined
  /** Arrays of test samples, in the same archive where one is given. Default: none. */
  readonly test?: NpyPair | undefined
  /** Default: `none`. */
  readonly normalise?: Normalise | undefined
}

/** The config of `npyFiles`. */
export interface NpyFilesConfig extends NpyFilesOptions {
  readonly type: 'npyFiles'
}

type ResolvedNpyFiles = NpyFilesConfig & {
  readonly validation: ValidationSize
  readonly validationFrom: ValidationFrom
  readonly normalise: Normalise
}

/**
 * Arrays that NumPy saved, of float32, float64, int32, int64 or uint8 in C order. float64 becomes
 * float32, int64 becomes int32.
 *
 * @throws `AttuneError`, when a run begins: `IO`, `CORRUPT`, `DTYPE` for other arrays, `CONFIG` for a
 *   member that the archive has not, `DATA` for NaN, infinity and numbers that do not fit.
 * @example
 * ```ts
 * npyFiles({ x: 'images.npy', y: 'labels.npy', normalise: 'unit' })
 * npyFiles({ archive: 'mnist.npz', x: 'x_train', y: 'y_train', test: { x: 'x_test', y: 'y_test' } })
 * ```
 */
export function npyFiles(given: NpyFilesOptions): NpyFilesConfig {
  return { type: 'npyFiles', ...given }
}

const pair = { x: text('the place of the inputs'), y: text('the place of the targets') }

/** How `npyFiles` is checked and loaded. */
export const npyFilesData: DataDefinition<NpyFilesConfig, ResolvedNpyFiles> = {
  type: 'npyFiles',
  schema: options({
    type: z.literal('npyFiles'),
    ...pair,
    archive: text('the path of an .npz archive').optional(),
    classes: list('names', z.string()).optional(),
    validation: validationSize.default(0.1),
    validationFrom: validationFrom.default('random'),
    test: options(pair).optional(),
    normalise: normalise.default('none'),
  }) as never,
  load: async (config, seed, where) => {
    const { archive, classes, test } = config
    const samples = await read(config, archive, where)
    const measured = test && (await read(test, archive, `${where}.test`))
    guard(() => {
      for (const part of [samples, measured]) {
        if (classes !== undefined) part?.checkLabels('y', classes.length)
      }
      if (measured !== undefined && measured.columns() !== samples.columns()) {
        const [expected, came] = [samples.columns(), measured.columns()]
        throw new AttuneError('SHAPE', `test: expected samples of ${expected}, got ${came}`)
      }
    }, where)
    const split = splitOff(samples, config.validation, config.validationFrom, seed, where)
    return {
      ...split,
      test: measured,
      columns: columnsOf(samples),
      classes,
      normalisation: normalisation(split.train, config.normalise),
    }
  },
}

function read(
  { x, y }: NpyPair,
  archive: string | undefined,
  where: string,
): Promise<NativeDataSet> {
  const place = (name: string): object =>
    archive === undefined ? { file: name } : { file: archive, member: name }
  const { DataSet } = guard(native, where)
  return guarded(DataSet.arrays(JSON.stringify({ x: place(x), y: place(y) })), where)
}
