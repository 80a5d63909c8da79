// Data of one's own: inputs and targets in typed or nested arrays.

import { z } from 'zod'

import { oneOf, options, show, wholeNumber } from '../config/index.ts'
import { AttuneError, guard } from '../errors/index.ts'
import { native } from '../native.ts'
import type { NativeDataSet } from '../native.ts'
import { elements } from '../tensor/index.ts'
import type { Nested, TypedArray } from '../tensor/index.ts'
import { flatten } from '../tensor/nested.ts'
import type { Flat } from '../tensor/nested.ts'
import { columnsOf } from './columns.ts'
import type { DataDefinition } from './define.ts'
import { normalisation, normalise } from './normalise.ts'
import type { Normalise } from './normalise.ts'
import { isValidationSize, splitOff, validationFrom, validationSize } from './split.ts'
import type { ValidationFrom, ValidationSize } from './split.ts'

/** Values of all samples: nested by sample, or flat in a typed array, one sample after another. */
export type Values = readonly Nested[] | TypedArray | Float64Array

/** Inputs and targets, the same number of each. */
export interface Arrays {
  readonly x: Values
  /** Labels (whole numbers from 0) or targets. Plain arrays of whole numbers become `int32`. */
  readonly y: Values
  /**
   * What each sample counts in the loss, one number of at least 0 a sample: the loss is
   * `Σ weight · loss / Σ weight`, while training and measuring. Metrics count all samples alike.
   * Default: 1 each.
   */
  readonly weight?: readonly number[] | Float32Array | Float64Array | undefined
}

/** Options of `fromArrays`. */
export interface FromArraysOptions {
  /** The shape of one input. Default: as nested; `[features]` for a typed array. */
  readonly shape?: readonly number[] | undefined
  /** The shape of one target. Default: as nested; `[]` for a typed array. */
  readonly targetShape?: readonly number[] | undefined
  /** The names of the classes, in the order of the labels. Default: none. */
  readonly classes?: readonly string[] | undefined
  /** A fraction below 1, a number of samples, or arrays of its own. Default: 0. */
  readonly validation?: ValidationSize | Arrays | undefined
  /** Default: `random`, drawn by the run's seed. */
  readonly validationFrom?: ValidationFrom | undefined
  /** Samples to measure with after training. Default: none. */
  readonly test?: Arrays | undefined
  /** Default: `none`. */
  readonly normalise?: Normalise | undefined
}

/** The config of `fromArrays`: the one config that holds data, and so no JSON. */
export interface ArraysConfig extends FromArraysOptions {
  readonly type: 'arrays'
  readonly arrays: Arrays
}

type ResolvedArrays = ArraysConfig & {
  readonly validation: ValidationSize | Arrays
  readonly validationFrom: ValidationFrom
  readonly normalise: Normalise
}

/**
 * Inputs and targets of one's own. They are copied when a run begins.
 *
 * @example
 * ```ts
 * const points = fromArrays({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: [0, 1, 1, 0] })
 * const images = fromArrays({ x: pixels, y: labels }, { shape: [28, 28, 1], validation: 0.1 })
 * ```
 */
export function fromArrays(arrays: Arrays, given: FromArraysOptions = {}): ArraysConfig {
  return { type: 'arrays', arrays, ...given }
}

const values: z.ZodType<Values, Values> = z.custom<Values>(
  (value) => Array.isArray(value) || ArrayBuffer.isView(value),
  { error: ({ input }) => `expected an array or a typed array, got ${show(input)}` },
)

const arrays: z.ZodType<Arrays, Arrays> = options({
  x: values,
  y: values,
  weight: values.optional(),
}) as never

const shape = z.array(wholeNumber(1), {
  error: ({ input }) => `expected the sizes of one sample, as in [28, 28, 1], got ${show(input)}`,
})

/** How `fromArrays` is checked and loaded. */
export const arraysData: DataDefinition<ArraysConfig, ResolvedArrays> = {
  type: 'arrays',
  schema: options({
    type: z.literal('arrays'),
    arrays,
    shape: shape.optional(),
    targetShape: shape.optional(),
    classes: z.array(z.string()).optional(),
    validation: oneOf('a fraction, a number of samples, a fold, or arrays { x, y }', [
      validationSize,
      arrays,
    ]).default(0),
    validationFrom: validationFrom.default('random'),
    test: arrays.optional(),
    normalise: normalise.default('none'),
  }),
  load: async (config, seed, where) => {
    const samples = copy(config.arrays, config, `${where}.arrays`)
    const { validation, test } = config
    const split = isValidationSize(validation)
      ? splitOff(samples, validation, config.validationFrom, seed, where)
      : { train: samples, validation: copy(validation, config, `${where}.validation`, samples) }
    return {
      ...split,
      test: test && copy(test, config, `${where}.test`, samples),
      columns: columnsOf(samples),
      classes: config.classes,
      normalisation: normalisation(split.train, config.normalise),
    }
  },
}

/** A native copy, checked; its samples must be those of `like` in kind. */
function copy(
  given: Arrays,
  config: ResolvedArrays,
  where: string,
  like?: NativeDataSet,
): NativeDataSet {
  const y = guard(() => targets(given.y, config.targetShape), `${where}.y`)
  const x = guard(() => inputs(given.x, config.shape, y.shape[0] ?? 0), `${where}.x`)
  const weight = weightsOf(given, like, y.shape[0] ?? 0, `${where}.weight`)
  return guard(() => {
    const samples = native().DataSet.from(
      { x: x.data, y: y.data, ...(weight && { weight }) },
      { x: [...x.shape], y: [...y.shape], ...(weight && { weight: [weight.length] }) },
    )
    samples.checkFinite()
    if (config.classes !== undefined) samples.checkLabels('y', config.classes.length)
    if (like !== undefined && samples.columns() !== like.columns()) {
      const message = `expected samples of ${like.columns()}, got ${samples.columns()}`
      throw new AttuneError('SHAPE', message)
    }
    return samples
  }, where)
}

/** The weights of samples, 1 each where only others have any; nothing where none have. */
function weightsOf(
  { weight }: Arrays,
  like: NativeDataSet | undefined,
  samples: number,
  where: string,
): Float32Array | undefined {
  if (weight === undefined) {
    const weighted = like !== undefined && columnsOf(like).weight !== undefined
    return weighted ? new Float32Array(samples).fill(1) : undefined
  }
  const { data } = guard(() => flatten(weight, [weight.length], 'float32'), where)
  const wrong = data.findIndex((value) => !(value >= 0 && value < Infinity))
  const counts = samples === 0 || data.some((value) => value > 0)
  if (wrong < 0 && data.length === samples && counts) return data as Float32Array
  const found = counts ? `${data.length} numbers` : 'zeros alone'
  const came = wrong < 0 ? found : `${data[wrong]} at sample ${wrong}`
  const message =
    `${where}: expected ${samples} finite numbers of at least 0, one a sample and one of them above 0, ` +
    `got ${came}`
  throw new AttuneError('DATA', message)
}

function targets(given: Values, shape: readonly number[] | undefined): Flat {
  if (ArrayBuffer.isView(given)) return flatten(given, bySample(given.length, shape ?? []))
  const flat = (given as readonly unknown[]).flat(Infinity)
  const dtype = flat.every(Number.isInteger) ? 'int32' : 'float32'
  return flatten(given, shape && bySample(flat.length, shape), dtype)
}

function inputs(given: Values, shape: readonly number[] | undefined, samples: number): Flat {
  const flat = flatten(given)
  if (shape === undefined && !ArrayBuffer.isView(given)) return flat
  const one = shape ?? [flat.data.length / Math.max(1, samples)]
  if (!one.every(Number.isInteger)) {
    const message = `expected a multiple of ${samples} values, one share for each target`
    throw new AttuneError('DATA', `${message}, got ${flat.data.length}`)
  }
  return { ...flat, shape: bySample(flat.data.length, one) }
}

/** The shape of all samples, given that of one. */
function bySample(count: number, one: readonly number[]): number[] {
  const samples = count / elements(one)
  if (Number.isInteger(samples)) return [samples, ...one]
  const message = `expected a multiple of ${elements(one)} values for samples of [${one.join(', ')}]`
  throw new AttuneError('DATA', `${message}, got ${count}`)
}
