// Every layer beside PyTorch: outputs, gradients by input and weights, running statistics.
// layers.py makes the files; the numbers that go in are computed on both sides.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import type { LayerConfig, Mode } from '../../src/index.ts'
import { apart, numbers } from './numbers.ts'
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
  readonly tolerance?: number
}

const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, 'layers.json'), 'utf8'),
) as readonly Case[]
const golden = readTensors('layers')

test.each(cases)('$name computes what PyTorch does', async (one) => {
  const { name, config, shape, mode, scale, weights, statistics, tolerance } = one
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
    apart(tensor, golden[`${name} ${key}`] as Float32Array, tolerance),
  ])
  expect(Object.fromEntries(wrong)).toEqual(
    Object.fromEntries(Object.keys(found).map((key) => [key, []])),
  )
})
