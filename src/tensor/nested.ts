// Nested arrays to flat values and back.

import { AttuneError } from '../errors/index.ts'
import { dtypeOf, elements, typedArray } from './dtype.ts'
import type { DType, TypedArray } from './dtype.ts'

/** A number, or arrays of numbers nested to any depth. */
export type Nested = number | readonly Nested[]

/** Values with their shape and element type. */
export interface Flat {
  readonly data: TypedArray
  readonly shape: readonly number[]
  readonly dtype: DType
}

/**
 * Copies nested or typed values into one flat array.
 *
 * @throws `AttuneError` `SHAPE` for ragged rows or a shape that does not hold the values, `DATA`
 *   for what is not a number, does not fit `dtype`, or lies in a detached buffer.
 * @example
 * ```ts
 * flatten([[1, 2], [3, 4]]).shape // [2, 2]
 * ```
 */
export function flatten(
  values: Nested | TypedArray | Float64Array,
  shape?: readonly number[],
  dtype?: DType,
): Flat {
  if (ArrayBuffer.isView(values)) return fromTyped(values, shape, dtype)
  const found = shapeOf(values)
  const flat: number[] = []
  collect(values, found, 0, '', flat)
  return fit(flat, shape ?? found, dtype ?? 'float32')
}

/**
 * The values as arrays nested by `shape`; a number for a scalar.
 *
 * @example
 * ```ts
 * nest(Float32Array.of(1, 2, 3, 4), [2, 2]) // [[1, 2], [3, 4]]
 * ```
 */
export function nest(data: TypedArray, shape: readonly number[]): Nested {
  const [size, ...rest] = shape
  if (size === undefined) return data[0] ?? Number.NaN
  if (rest.length === 0) return Array.from(data)
  const stride = elements(rest)
  return Array.from({ length: size }, (_, row) =>
    nest(data.subarray(row * stride, (row + 1) * stride), rest),
  )
}

function fromTyped(
  values: TypedArray | Float64Array,
  shape: readonly number[] | undefined,
  dtype: DType | undefined,
): Flat {
  if (isDetached(values.buffer)) {
    const message = 'the buffer of this typed array was transferred away (detached): pass a copy'
    throw new AttuneError('DATA', message)
  }
  const own = dtypeOf(values)
  if ((dtype ?? own) !== own || values instanceof Float64Array) {
    return fit(values, shape ?? [values.length], dtype ?? own)
  }
  checkLength(values.length, shape ?? [values.length])
  return { data: values.slice(), shape: [...(shape ?? [values.length])], dtype: own }
}

/** `ArrayBuffer.prototype.detached` is not there before Node 21. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    return new Uint8Array(buffer, 0, 0).length > 0
  } catch {
    return true
  }
}

const ranges = { int32: [-(2 ** 31), 2 ** 31 - 1], uint8: [0, 255] } as const

function fit(values: ArrayLike<number>, shape: readonly number[], dtype: DType): Flat {
  checkLength(values.length, shape)
  if (dtype !== 'float32') {
    const [low, high] = ranges[dtype]
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0
      if (Number.isInteger(value) && value >= low && value <= high) continue
      const message = `value ${i} is ${value}: ${dtype} holds whole numbers from ${low} to ${high}`
      throw new AttuneError('DATA', message)
    }
  }
  return { data: typedArray(dtype, values), shape: [...shape], dtype }
}

function checkLength(count: number, shape: readonly number[]): void {
  checkShape(shape)
  if (count === elements(shape)) return
  const message = `shape [${shape.join(', ')}] holds ${elements(shape)} values, got ${count}`
  throw new AttuneError('SHAPE', message)
}

/**
 * Refuses a shape whose sizes are not whole numbers from 0.
 *
 * @throws `AttuneError` `SHAPE`.
 * @example
 * ```ts
 * checkShape([2, 3])
 * ```
 */
export function checkShape(shape: readonly number[]): void {
  const bad = shape.find((size) => !Number.isSafeInteger(size) || size < 0)
  if (bad === undefined) return
  const message = `shape [${shape.join(', ')}]: sizes are whole numbers of at least 0, got ${bad}`
  throw new AttuneError('SHAPE', message)
}

function shapeOf(values: Nested): number[] {
  const shape: number[] = []
  let inner: Nested | undefined = values
  while (Array.isArray(inner)) {
    shape.push(inner.length)
    inner = inner[0] as Nested | undefined
  }
  return shape
}

function collect(
  values: Nested,
  shape: readonly number[],
  depth: number,
  place: string,
  into: number[],
): void {
  if (depth === shape.length) {
    if (typeof values === 'number') return void into.push(values)
    const came = Array.isArray(values) ? `an array of ${values.length}` : typeof values
    const code = Array.isArray(values) ? 'SHAPE' : 'DATA'
    throw new AttuneError(code, `values${place}: expected a number, got ${came}`)
  }
  const size = shape[depth]
  if (!Array.isArray(values) || values.length !== size) {
    const came = Array.isArray(values) ? values.length : 'a single value'
    const message = `values${place}: expected ${size} entries like its neighbours, got ${came}`
    throw new AttuneError('SHAPE', message)
  }
  for (const [i, inner] of values.entries()) {
    collect(inner as Nested, shape, depth + 1, `${place}[${i}]`, into)
  }
}
