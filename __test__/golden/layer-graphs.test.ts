// The graph that each layer records, kept for crates/graph/tests/layers.rs, which compares its
// gradients with central differences in f64. `npx vitest run __test__/golden -u` writes it anew.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { dropout, dropPath, gaussianNoise, gru, layer, lstm, rnn, spatialDropout, Tensor, trace } from '../../src/index.ts'
import type { LayerConfig } from '../../src/index.ts'
import { serialise } from '../../src/tensor/index.ts'

interface Case {
  readonly config: LayerConfig
  readonly shape: readonly number[]
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

function line({ config, shape }: Case): string {
  const module = layer(config)
  const input = Tensor.input('x', { dtype: 'float32', shape })
  const { result } = trace(module, 'train', () => module.call(input))
  const { nodes, values } = serialise([result])
  const graph = { name: config.type, nodes, output: values[0] }
  return JSON.stringify(graph, (key, value: unknown) => (key === 'path' ? undefined : value))
}

test('the graphs that the gradients are checked on are those that the layers record', async () => {
  const text = `[\n${cases.map(line).join(',\n')}\n]\n`
  await expect(text).toMatchFileSnapshot(join(import.meta.dirname, 'layer-graphs.json'))
})
