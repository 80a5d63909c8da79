// Every layer beside PyTorch: outputs, gradients by input and weights, running statistics.
// layers.py makes the files; the numbers that go in are computed on both sides.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'

import type { LayerConfig, Mode } from '../../src/index.ts'
import { elements } from '../../src/tensor/index.ts'
import { runLayer } from './run-layer.ts'
import { readTensors } from './tensors.ts'

interface Case {
  readonly name: string
  readonly config: LayerConfig
  readonly shape: readonly number[]
  readonly weights: Readonly<Record<string, readonly number[]>>
  readonly statistics: Readonly<Record<string, readonly number[]>>
  readonly mode: Mode
  readonly scale: number
}

const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, 'layers.json'), 'utf8'),
) as readonly Case[]
const golden = readTensors('layers')

/** From -2 to 2, a function of the name and the place alone. */
function numbers(name: string, shape: readonly number[]): Float32Array {
  const seed = crc32(name)
  return Float32Array.from({ length: elements(shape) }, (_, i) => {
    let h = (Math.imul(i + 1, 0x9e3779b1) + seed) | 0
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    h ^= h >>> 16
    return (h >>> 8) / 2 ** 22 - 2
  })
}

/** PyTorch's `assert_close` for float32: the places where it fails. */
function apart(found: Float32Array, wanted: Float32Array): string[] {
  const far = [...wanted].flatMap((value, i) => {
    const error = Math.abs((found[i] ?? Number.NaN) - value)
    return error <= 1e-5 + 1.3e-6 * Math.abs(value) ? [] : [`${i}: ${found[i]} for ${value}`]
  })
  return found.length === wanted.length ? far : [`${found.length} values for ${wanted.length}`]
}

test.each(cases)('$name computes what PyTorch does', async (one) => {
  const { name, config, shape, mode, scale, weights, statistics } = one
  const states = { ...weights, ...statistics }
  const x = numbers(`${name} x`, shape).map((value) => value * scale)
  const values = Object.entries(states).map(([key, size]) => {
    const drawn = numbers(`${name} ${key}`, size)
    return [key, key in statistics ? drawn.map(Math.abs) : drawn] as const
  })
  const found = await runLayer({
    config,
    mode,
    x,
    shape,
    states: Object.fromEntries(values),
    dy: (output) => numbers(`${name} dy`, output),
  })
  expect(Object.keys(found).toSorted()).toEqual(['dx', 'y', ...Object.keys(states)].toSorted())
  const wrong = Object.entries(found).map(([key, tensor]) => [
    key,
    apart(tensor, golden[`${name} ${key}`] as Float32Array),
  ])
  expect(Object.fromEntries(wrong)).toEqual(
    Object.fromEntries(Object.keys(found).map((key) => [key, []])),
  )
})
