// Constants: a vector of numbers that are part of the graph itself, so that a program can hold them.

import { Tensor } from './tensor.ts'

/**
 * The numbers as a `float32` vector. Unlike `Tensor.from` it may be part of a model, and equal
 * neighbours cost nothing; each other number is one more node.
 *
 * @example
 * ```ts
 * const weights = constants([1, 1, 5]) // [3]
 * ```
 */
export function constants(values: readonly number[]): Tensor {
  const runs: { value: number; count: number }[] = []
  for (const value of values) {
    const last = runs.at(-1)
    if (last?.value === value) last.count += 1
    else runs.push({ value, count: 1 })
  }
  const [first = Tensor.zeros([0]), ...others] = runs.map(({ value, count }) =>
    Tensor.full([count], value),
  )
  return others.length === 0 ? first : first.concat(others)
}
