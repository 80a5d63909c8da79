// Attention, transformer blocks, embeddings and recurrent layers beside PyTorch: outputs and gradients by
// inputs and weights. attention.py and recurrent.py make the files; what goes in is computed on both sides.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import type { LayerConfig } from '../../src/index.ts'
import { apart, given, numbers } from './numbers.ts'
import type { Given } from './numbers.ts'
import { runLayer } from './run-layer.ts'
import { readTensors } from './tensors.ts'

interface Case {
  readonly name: string
  readonly config: LayerConfig
  readonly inputs: readonly Given[]
  readonly weights: Readonly<Record<string, readonly number[]>>
}

const files = ['attention', 'recurrent']
const cases = files.flatMap(
  (file) =>
    JSON.parse(readFileSync(join(import.meta.dirname, `${file}.json`), 'utf8')) as readonly Case[],
)
const golden = Object.assign({}, ...files.map(readTensors)) as ReturnType<typeof readTensors>

test.each(cases)('$name computes what PyTorch does', async ({ name, config, inputs, weights }) => {
  const [first, ...others] = inputs.map((one, i) => given(`${name} x${i === 0 ? '' : i}`, one))
  const states = Object.entries(weights).map(
    ([key, shape]) => [key, numbers(`${name} ${key}`, shape).map((value) => value / 4)] as const,
  )
  const found = await runLayer({
    config,
    mode: 'train',
    x: first?.values ?? new Float32Array(),
    shape: first?.shape ?? [],
    others,
    states: Object.fromEntries(states),
    dy: (output) => numbers(`${name} dy`, output),
  })
  const wanted = Object.keys(golden).filter((key) => key.startsWith(`${name} `))
  expect(Object.keys(found).map((key) => `${name} ${key}`).toSorted()).toEqual(wanted.toSorted())
  const wrong = Object.entries(found).map(([key, values]) => [
    key,
    apart(values, golden[`${name} ${key}`] as Float32Array),
  ])
  expect(wrong).toEqual(Object.keys(found).map((key) => [key, []]))
})
