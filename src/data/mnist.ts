// MNIST and Fashion-MNIST out of a folder that holds their four published files.

import { z } from 'zod'

import { options, show } from '../config/index.ts'
import { guard, guarded } from '../errors/index.ts'
import { native } from '../native.ts'
import { columnsOf } from './columns.ts'
import type { DataDefinition, ResolvedData } from './define.ts'
import { normalisation, normalise } from './normalise.ts'
import type { Normalise } from './normalise.ts'
import { splitOff, validationFrom, validationSize } from './split.ts'
import type { ValidationFrom, ValidationSize } from './split.ts'

/** Options of `datasets.mnist` and `datasets.fashionMnist`. */
export interface MnistOptions {
  /** The folder with `train-images-idx3-ubyte.gz` and the three files beside it, gzipped or not. */
  readonly root: string
  /** A fraction below 1 or a number of the 60,000 training samples. Default: 5000. */
  readonly validation?: ValidationSize | undefined
  /** Default: `last`. */
  readonly validationFrom?: ValidationFrom | undefined
  /** Default: `unit`, pixels from 0 to 1. */
  readonly normalise?: Normalise | undefined
}

/** The config of `datasets.mnist`. */
export interface MnistConfig extends MnistOptions {
  readonly type: 'mnist'
}

/** The config of `datasets.fashionMnist`. */
export interface FashionMnistConfig extends MnistOptions {
  readonly type: 'fashionMnist'
}

interface ResolvedMnist {
  readonly root: string
  readonly validation: ValidationSize
  readonly validationFrom: ValidationFrom
  readonly normalise: Normalise
}

/**
 * 70,000 handwritten digits: `x` `[28, 28, 1]`, bytes from 0 to 255, and `y`, the digit. The
 * 10,000 of `t10k` are the test part.
 *
 * Source: Y. LeCun, C. Cortes and C. Burges, http://yann.lecun.com/exdb/mnist.
 *
 * @example
 * ```ts
 * datasets.mnist({ root: 'data/mnist' })
 * ```
 */
export function mnist(given: MnistOptions): MnistConfig {
  return { type: 'mnist', ...given }
}

/**
 * 70,000 pictures of clothing in 10 classes: `x` `[28, 28, 1]`, bytes from 0 to 255, and `y`, the
 * class. The 10,000 of `t10k` are the test part.
 *
 * Source: Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747, MIT,
 * https://github.com/zalandoresearch/fashion-mnist.
 *
 * @example
 * ```ts
 * datasets.fashionMnist({ root: 'data/fashion-mnist', validation: 10_000 })
 * ```
 */
export function fashionMnist(given: MnistOptions): FashionMnistConfig {
  return { type: 'fashionMnist', ...given }
}

const fields = {
  root: z.string({
    error: ({ input }) => `expected the folder that holds the data set, got ${show(input)}`,
  }),
  validation: validationSize.default(5000),
  validationFrom: validationFrom.default('last'),
  normalise: normalise.default('unit'),
}

/** How `mnist` is checked and loaded. */
export const mnistData: DataDefinition<MnistConfig, ResolvedMnist> = {
  type: 'mnist',
  schema: options({ type: z.literal('mnist'), ...fields }),
  load: (config, seed, where) =>
    load(config, seed, where, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']),
}

/** How `fashionMnist` is checked and loaded. */
export const fashionMnistData: DataDefinition<FashionMnistConfig, ResolvedMnist> = {
  type: 'fashionMnist',
  schema: options({ type: z.literal('fashionMnist'), ...fields }),
  load: (config, seed, where) =>
    load(config, seed, where, [
      'T-shirt/top',
      'Trouser',
      'Pullover',
      'Dress',
      'Coat',
      'Sandal',
      'Shirt',
      'Sneaker',
      'Bag',
      'Ankle boot',
    ]),
}

async function load(
  config: ResolvedMnist,
  seed: number,
  where: string,
  classes: readonly string[],
): Promise<ResolvedData> {
  const { DataSet } = guard(native, where)
  const samples = await guarded(DataSet.mnist(config.root, 'train'), where)
  const split = splitOff(samples, config.validation, config.validationFrom, seed, where)
  return {
    ...split,
    test: await guarded(DataSet.mnist(config.root, 'test'), where),
    columns: columnsOf(samples),
    classes,
    normalisation: normalisation(split.train, config.normalise, 255),
  }
}
