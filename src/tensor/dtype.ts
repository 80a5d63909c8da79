// Element types, and the typed arrays that hold them.

/** An element type: 32-bit float, 32-bit integer, or byte. */
export type DType = 'float32' | 'int32' | 'uint8'

/** The typed array that holds elements of each type. */
export type TypedArray = Float32Array | Int32Array | Uint8Array

/** Element type and sizes of one value. */
export interface TensorType {
  readonly dtype: DType
  readonly shape: readonly number[]
}

const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array }

/**
 * The values as a new typed array of `dtype`.
 *
 * @example
 * ```ts
 * typedArray('int32', [1, 2]) // Int32Array [1, 2]
 * ```
 */
export function typedArray(dtype: DType, values: ArrayLike<number>): TypedArray {
  return arrays[dtype].from(values)
}

/**
 * The element type that a typed array is read as; doubles become `float32`.
 *
 * @example
 * ```ts
 * dtypeOf(new Uint8Array(4)) // 'uint8'
 * ```
 */
export function dtypeOf(values: ArrayBufferView): DType {
  if (values instanceof Uint8Array || values instanceof Uint8ClampedArray) return 'uint8'
  if (values instanceof Int32Array) return 'int32'
  return 'float32'
}

/**
 * The number of elements of a shape: 1 for a scalar.
 *
 * @example
 * ```ts
 * elements([2, 3]) // 6
 * ```
 */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}
