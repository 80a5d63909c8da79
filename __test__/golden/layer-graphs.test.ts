// The graph that each layer records, kept for crates/graph/tests/layers.rs, which compares its
// gradients with central differences in f64. `npx vitest run __test__/golden -u` writes it anew.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { dropout, dropPath, gaussianNoise, gru, layer, lstm, rnn, selfAttention, spatialDropout, Tensor, trace } from '../../src/index.ts'
import type { LayerConfig } from '../../src/index.ts'
import { serialise } from '../../src/tensor/index.ts'

interface Case {
  readonly config: LayerConfig
  readonly shape: readonly number[]
}

/** A layer with inputs of any number: floats by their shape, or whole numbers themselves. */
interface Several {
  readonly config: LayerConfig
  readonly inputs: readonly {
    readonly shape?: readonly number[]
    readonly values?: readonly (number | readonly number[])[]
  }[]
}

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, 'layers.json'), 'utf8'),
) as readonly Case[]
const recurrent = { units: 2, layers: 2, bidirectional: true, dropout: 0.3 }
const random: readonly Case[] = [
  dropout({ rate: 0.3 }),
  dropPath({ rate: 0.3 }),
  gaussianNoise({ deviation: 0.3 }),
  gru(recurrent),
  lstm(recurrent),
  rnn(recurrent),
  spatialDropout({ rate: 0.3 }),
].map((config) => ({ config, shape: [2, 3, 4] }))

/** The first and the last case of each layer. */
const all = [...golden, ...random]
const cases = all.filter(
  ({ config }, i) =>
    all.findIndex((other) => other.config.type === config.type) === i ||
    all.findLastIndex((other) => other.config.type === config.type) === i,
)

const several = JSON.parse(
  readFileSync(join(import.meta.dirname, 'attention.json'), 'utf8'),
) as readonly Several[]

/** Attention draws at random too. */
const dropped: Several = {
  config: selfAttention({ heads: 2, causal: true, dropout: 0.4 }),
  inputs: [{ shape: [1, 4, 4] }],
}

function line({ config, inputs }: Several): string {
  const module = layer(config)
  const given: Record<string, readonly number[]> = {}
  const tensors = inputs.map(({ shape, values = [] }, i) => {
    const name = i === 0 ? 'x' : `x${i}`
    if (shape !== undefined) return Tensor.input(name, { dtype: 'float32', shape })
    given[name] = values.flat()
    const [row] = values
    const columns = Array.isArray(row) ? [row.length] : []
    return Tensor.input(name, { dtype: 'int32', shape: [values.length, ...columns] })
  })
  const { result } = trace(module, 'train', () => module.call(...tensors))
  const { nodes, values } = serialise([result])
  const integers = Object.keys(given).length > 0 ? { given } : {}
  const graph = { name: config.type, ...integers, nodes, output: values[0] }
  return JSON.stringify(graph, (key, value: unknown) => (key === 'path' ? undefined : value))
}

test('the graphs that the gradients are checked on are those that the layers record', async () => {
  const one = cases.map(({ config, shape }) => ({ config, inputs: [{ shape }] }))
  const text = `[\n${[...one, ...several, dropped].map(line).join(',\n')}\n]\n`
  await expect(text).toMatchFileSnapshot(join(import.meta.dirname, 'layer-graphs.json'))
})
