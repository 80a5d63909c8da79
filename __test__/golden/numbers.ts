// The numbers that go into golden cases, and PyTorch's closeness of what comes out.

import { crc32 } from 'node:zlib'

import { elements } from '../../src/tensor/index.ts'
import type { Numbers } from './run-layer.ts'

/** From -2 to 2, a function of the name and the place alone; layers.py has the same. */
export function numbers(name: string, shape: readonly number[]): Float32Array {
  const seed = crc32(name)
  return Float32Array.from({ length: elements(shape) }, (_, i) => {
    let h = (Math.imul(i + 1, 0x9e3779b1) + seed) | 0
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    h ^= h >>> 16
    return (h >>> 8) / 2 ** 22 - 2
  })
}

/** An input of a case: floats by their shape, or whole numbers themselves. */
export interface Given {
  readonly shape?: readonly number[]
  readonly values?: readonly (number | readonly number[])[]
}

/** The numbers of an input. */
export function given(name: string, { shape, values = [] }: Given): Numbers {
  if (shape !== undefined) return { values: numbers(name, shape), shape }
  const [row] = values
  const columns = Array.isArray(row) ? [row.length] : []
  return { values: Int32Array.from(values.flat()), shape: [values.length, ...columns] }
}

/** PyTorch's `assert_close` for float32, or another absolute tolerance: the places where it fails. */
export function apart(
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance = 1e-5,
): string[] {
  const far = Array.from(wanted).flatMap((value, i) => {
    const error = Math.abs((found[i] ?? Number.NaN) - value)
    return error <= tolerance + 1.3e-6 * Math.abs(value) ? [] : [`${i}: ${found[i]} for ${value}`]
  })
  return found.length === wanted.length ? far : [`${found.length} values for ${wanted.length}`]
}
