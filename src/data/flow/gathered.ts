// Samples of one's own, gathered into native columns: all of one shape and one type.

import { AttuneError, fromNative } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { NativeDataSet } from '../../native.ts'
import { dtypeOf, elements, typedArray } from '../../tensor/index.ts'
import type { DType, Nested, TensorType, TypedArray } from '../../tensor/index.ts'
import { flatten } from '../../tensor/nested.ts'

/** One sample of one's own. */
export interface Sample {
  /** The input: nested arrays are `float32`, typed arrays what they are. */
  readonly x: Nested | TypedArray | Float64Array
  /** The label (a whole number from 0) or the target. Whole numbers are `int32`. */
  readonly y: Nested | TypedArray | Float64Array
  /** What the sample counts in the loss, at least 0. Default: 1. */
  readonly weight?: number | undefined
}

/** What every sample must be like. */
export interface Kind {
  readonly x: TensorType
  readonly y: TensorType
  readonly weighted: boolean
}

type Values = Sample['x']

/**
 * The kind of a sample, which all others must have.
 *
 * @param shape of `x`, where it is given flat.
 * @throws `AttuneError` `DATA` or `SHAPE` for what is no sample.
 * @example
 * ```ts
 * kindOf({ x: [1, 2], y: 0 }).y // { dtype: 'int32', shape: [] }
 * ```
 */
export function kindOf(sample: Sample, shape?: readonly number[], target?: DType): Kind {
  requireSample(sample)
  const x = flatten(sample.x, shape)
  const y = flatten(sample.y)
  const isWhole = !ArrayBuffer.isView(sample.y) && y.data.every(Number.isInteger)
  const dtype = target ?? (isWhole ? 'int32' : y.dtype)
  return {
    x: { dtype: x.dtype, shape: x.shape },
    y: { dtype, shape: y.shape },
    weighted: sample.weight !== undefined,
  }
}

/** Type and shape of one sample by column. */
export function typesOf({ x, y, weighted }: Kind): Record<'x' | 'y', TensorType> & {
  weight?: TensorType
} {
  return { x, y, ...(weighted && { weight: { dtype: 'float32', shape: [] } }) }
}

/** Bytes that a sample takes. */
export function bytesOf({ x, y, weighted }: Kind): number {
  return sizeOf(x) + sizeOf(y) + (weighted ? 4 : 0)
}

/** Samples that are gathered one by one. */
export class Gathered {
  readonly kind: Kind
  readonly #x: TypedArray[] = []
  readonly #y: TypedArray[] = []
  readonly #weight: number[] = []

  constructor(kind: Kind) {
    this.kind = kind
  }

  get length(): number {
    return this.#x.length
  }

  /**
   * Takes a sample.
   *
   * @param number its place, for messages.
   * @throws `AttuneError` `DATA`, `DTYPE` or `SHAPE` where it is not like the others.
   */
  add(sample: Sample, number: number): void {
    try {
      requireSample(sample)
      const x = fitted('x', sample.x, this.kind.x)
      const y = fitted('y', sample.y, this.kind.y)
      const { weight = 1 } = sample
      if (!(weight >= 0 && weight < Infinity)) {
        throw new AttuneError('DATA', `weight: expected a number of at least 0, got ${weight}`)
      }
      if (sample.weight !== undefined && !this.kind.weighted) {
        throw new AttuneError(
          'DATA',
          'weight: the first sample has none: give one to all or to none',
        )
      }
      this.#x.push(x)
      this.#y.push(y)
      this.#weight.push(weight)
    } catch (error) {
      throw fromNative(error, `sample ${number}`)
    }
  }

  /** The native columns. */
  dataSet(): NativeDataSet {
    const { x, y, weighted } = this.kind
    const count = this.length
    return native().DataSet.from(
      {
        x: joined(this.#x, x.dtype),
        y: joined(this.#y, y.dtype),
        ...(weighted && { weight: Float32Array.from(this.#weight) }),
      },
      { x: [count, ...x.shape], y: [count, ...y.shape], ...(weighted && { weight: [count] }) },
    )
  }
}

function sizeOf({ dtype, shape }: TensorType): number {
  return elements(shape) * (dtype === 'uint8' ? 1 : 4)
}

function requireSample(sample: unknown): void {
  const isOne = typeof sample === 'object' && sample !== null && 'x' in sample && 'y' in sample
  if (isOne) return
  const came = Array.isArray(sample) ? 'an array' : sample === null ? 'null' : typeof sample
  throw new AttuneError('DATA', `expected a sample { x, y }, got ${came}`)
}

function fitted(name: string, values: Values, { dtype, shape }: TensorType): TypedArray {
  const isTyped = ArrayBuffer.isView(values)
  const own = isTyped && !(values instanceof Float64Array) ? dtypeOf(values) : dtype
  if (own !== dtype) {
    throw new AttuneError('DTYPE', `${name}: expected ${dtype} like the first sample, got ${own}`)
  }
  const flat = flatten(values, isTyped ? [...shape] : undefined, dtype)
  const sizes = flat.shape.join()
  if (sizes !== shape.join() && sizes !== String(elements(shape))) {
    const message = `${name}: expected [${shape.join(', ')}] like the first sample`
    throw new AttuneError('SHAPE', `${message}, got [${flat.shape.join(', ')}]`)
  }
  const wrong = dtype === 'float32' ? flat.data.findIndex((value) => !Number.isFinite(value)) : -1
  if (wrong < 0) return flat.data
  const message = `${name}: expected finite numbers, got ${flat.data[wrong]} at ${wrong}`
  throw new AttuneError('DATA', message)
}

function joined(parts: readonly TypedArray[], dtype: DType): TypedArray {
  const size = parts[0]?.length ?? 0
  const all = typedArray(dtype, new Uint8Array(parts.length * size))
  parts.forEach((part, i) => all.set(part, i * size))
  return all
}
