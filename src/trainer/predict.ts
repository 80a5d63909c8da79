// Predictions: samples in, the model's outputs back, in blocks of the run's batch size.

import { prepare } from '../data/index.ts'
import type { RawSamples, ResolvedData } from '../data/index.ts'
import { AttuneError, guard } from '../errors/index.ts'
import { native } from '../native.ts'
import type { NativeDataSet } from '../native.ts'
import { elements } from '../tensor/index.ts'
import type { Nested, TypedArray } from '../tensor/index.ts'
import { flatten, nest } from '../tensor/nested.ts'
import { Programs } from './compiled.ts'
import type { Engine } from './engine.ts'
import { tracePrediction } from './programs.ts'
import { viewsOf } from './views.ts'
import type { ViewOptions } from './views.ts'

/** Samples as they are stored in the data set: flat in a typed array, or nested by sample. */
export type Samples = readonly Nested[] | TypedArray | Float64Array

/** What is known of a run's data without reading them. */
export type Told = Partial<Pick<ResolvedData, 'classes' | 'preparation'>>

/** The model's outputs for some samples. */
export class Prediction {
  /** All outputs, sample after sample. */
  readonly values: Float32Array
  /** The number of samples and the shape of one output. */
  readonly shape: readonly number[]
  /** The names of the classes, where the data had them. */
  readonly classes: readonly string[] | undefined
  /** What each sample is called, where files, rows or texts were given. */
  readonly names: readonly string[] | undefined

  constructor(
    values: Float32Array,
    shape: readonly number[],
    classes?: readonly string[],
    names?: readonly string[],
  ) {
    this.values = values
    this.shape = shape
    this.classes = classes
    this.names = names
  }

  /** The outputs as nested arrays, one entry a sample. */
  array(): Nested[] {
    return nest(this.values, this.shape) as Nested[]
  }
}

/**
 * Runs the model on samples.
 *
 * @throws `AttuneError` `SHAPE` for samples of another shape, `DATA` for values that the samples'
 *   type cannot hold or a detached buffer.
 * @example
 * ```ts
 * const { values, shape } = await predict(engine, programs, images, 64, {})
 * ```
 */
export async function predict(
  engine: Engine,
  programs: Programs,
  samples: Samples | RawSamples,
  batchSize: number,
  { classes, preparation }: Told,
  { views: looks }: ViewOptions = {},
): Promise<Prediction> {
  const column = programs.parts.signature.columns.x
  const { dtype, shape } = column
  const stride = elements(shape)
  const isRaw = !Array.isArray(samples) && !ArrayBuffer.isView(samples)
  const {
    values: given,
    names,
    restore,
  } = isRaw
    ? await prepare(samples as RawSamples, preparation, column)
    : { values: samples as Samples, names: undefined, restore: undefined }
  const { data, count } = guard(() => collect(given, shape, dtype), 'predict')
  const [, ...one] = tracePrediction(programs.parts, 1).output
  const width = elements(one)
  const values = new Float32Array(count * width)
  const views = viewsOf(looks, 'predict')
  const own = views && new Programs({ ...programs.parts, views }, engine)
  try {
    for (let first = 0; first < count;) {
      const batch = Math.min(batchSize, count - first)
      const { id } = await (own ?? programs).get('predict', batch)
      const x = data.slice(first * stride, (first + batch) * stride)
      const feed = own === undefined ? { inputs: { x } } : { dataset: rows(x, shape), begin: first }
      const { outputs } = await engine.run(id, { steps: 1, firstStep: 0, ...feed })
      values.set(outputs['output'] ?? [], first * width)
      first += batch
    }
  } finally {
    own?.release()
  }
  const isNumber = classes === undefined && width === 1
  const restored = isNumber && restore !== undefined ? await restore(values) : values
  return new Prediction(restored, [count, ...one], classes, names)
}

/** Samples as a data set, which views of them are taken from. */
function rows(x: TypedArray, shape: readonly number[]): NativeDataSet {
  return guard(() => native().DataSet.from({ x }, { x: [x.length / elements(shape), ...shape] }))
}

function collect(
  samples: Samples,
  shape: readonly number[],
  dtype: 'float32' | 'int32' | 'uint8',
): { data: TypedArray; count: number } {
  const stride = elements(shape)
  const flat = flatten(samples, undefined, dtype)
  const [count = 0, ...one] = ArrayBuffer.isView(samples)
    ? [flat.data.length / stride, ...shape]
    : flat.shape
  const fits = one.join() === shape.join() || one.join() === String(stride)
  if (Number.isInteger(count) && (fits || flat.data.length === 0)) return { data: flat.data, count }
  const message = `expected samples of [${shape.join(', ')}], one after another, got`
  const came = ArrayBuffer.isView(samples)
    ? `${flat.data.length} values, no multiple of ${stride}`
    : `[${flat.shape.join(', ')}]`
  throw new AttuneError('SHAPE', `${message} ${came}`)
}
