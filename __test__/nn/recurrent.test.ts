// Recurrent layers: what they refuse, what lengths mean, how they begin, and dropout between layers.

import { expect, test } from 'vitest'

import { gru, layer, lstm, rnn, Tensor, trace } from '../../src/index.ts'
import type { LayerConfig } from '../../src/index.ts'
import { apart, numbers } from '../golden/numbers.ts'
import { runLayer } from '../golden/run-layer.ts'
import { refusal } from './refusal.ts'

test('options out of range are refused under their path', () => {
  const problems = [
    refusal(lstm({ units: 0 })),
    refusal(gru({ units: 2, layers: 0 })),
    refusal(rnn({ units: 2, dropout: 1 })),
    refusal(rnn({ units: 2, activation: 'gelu' as 'relu' })),
    refusal(lstm({ units: 2, recurrentInitializer: 'orthogonally' as 'zeros' })),
  ]
  expect(problems).toEqual([
    'CONFIG layer.units: expected a whole number of at least 1, got 0',
    'CONFIG layer.layers: expected a whole number of at least 1, got 0',
    'CONFIG layer.dropout: expected a number at least 0 and below 1, got 1',
    'CONFIG layer.activation: expected one of tanh, relu, got "gelu"; did you mean "relu"?',
    'CONFIG layer.recurrentInitializer: unknown initializer "orthogonally"; did you mean "orthogonal"?',
  ])
})

test('inputs that are no sequences, and lengths of another number, are refused', () => {
  const problems = [
    refusal(lstm({ units: 3 }), [2, 4]),
    refusal(gru({ units: 3 }), [2, 0, 4]),
    refusal(rnn({ units: 3 }), [2, 5, 4], [3]),
    refusal(rnn({ units: 3 }), [2, 5, 4], [2, 5]),
  ]
  const wanted = 'SHAPE expected an input [batch, time, channels] of at least one step and channel'
  expect(problems).toEqual([
    `${wanted}, got [2, 4]`,
    `${wanted}, got [2, 0, 4]`,
    'SHAPE expected the lengths [2] of the sequences, got [3]',
    'SHAPE expected the lengths [2] of the sequences, got [2, 5]',
  ])
})

const kinds = [
  ['rnn', rnn],
  ['lstm', lstm],
  ['gru', gru],
] as const

interface Given {
  readonly config: LayerConfig
  readonly x: Float32Array
  readonly shape: readonly number[]
  readonly lengths?: readonly number[]
}

async function run({ config, x, shape, lengths }: Given): Promise<Record<string, Float32Array>> {
  return runLayer({
    config,
    mode: 'train',
    x,
    shape,
    others: lengths ? [{ values: Int32Array.from(lengths), shape: [lengths.length] }] : [],
    dy: (output) => new Float32Array(output.reduce((size, axis) => size * axis, 1)).fill(1),
    seed: 4,
  })
}

test.each(kinds)(
  '%s with a length gives what the sequence cut off there gives, then zeros',
  async (_, make) => {
    const config = make({ units: 3, bidirectional: true, layers: 2 })
    const x = numbers('x', [1, 5, 2])
    const long = await run({ config, x, shape: [1, 5, 2], lengths: [3] })
    const short = await run({ config, x: x.slice(0, 6), shape: [1, 3, 2] })
    const [y = [], dx = []] = [long['y'], long['dx']]
    expect(apart(y.slice(0, 18), short['y'] ?? [])).toEqual([])
    expect(y.slice(18)).toEqual(new Float32Array(12))
    expect(apart(dx.slice(0, 6), short['dx'] ?? [])).toEqual([])
    expect(dx.slice(6)).toEqual(new Float32Array(4))
    const weight = 'layers.1.back.recurrentWeight'
    expect(apart(long[weight] ?? [], short[weight] ?? [Number.NaN])).toEqual([])
  },
)

test.each(kinds)(
  '%s refuses a length beyond the sequence, and takes one of 0 as none of it',
  async (_, make) => {
    const config = make({ units: 2, returnSequences: false, bidirectional: true })
    const [x, shape] = [numbers('x', [2, 3, 2]), [2, 3, 2]]
    const refused = {
      code: 'DATA',
      message: expect.stringContaining('from 0 to 3, came 4 at place 0'),
    }
    await expect(run({ config, x, shape, lengths: [4, 0] })).rejects.toMatchObject(refused)
    const some = await run({ config, x, shape, lengths: [3, 0] })
    const whole = await run({ config, x, shape })
    const [y = [], wanted = []] = [some['y'], whole['y']]
    expect(apart(y.slice(0, 4), wanted.slice(0, 4))).toEqual([])
    expect(y.slice(4)).toEqual(new Float32Array(4))
  },
)

test.each(kinds)('%s begins within ±1 / √units whatever the size of its input', (_, make) => {
  const module = layer(make({ units: 16, bidirectional: true }))
  const { states } = trace(module, 'train', () => module.forward(Tensor.zeros([1, 2, 3])))
  expect(states.map(({ name }) => name)).toEqual(
    ['ahead', 'back'].flatMap((way) =>
      ['weight', 'recurrentWeight', 'bias', 'recurrentBias'].map(
        (name) => `layers.0.${way}.${name}`,
      ),
    ),
  )
  for (const { initializer } of states) {
    expect(initializer).toEqual({ type: 'uniform', low: -0.25, high: 0.25 })
  }
})

test('dropout falls between layers while training, and nowhere else', async () => {
  const [x, shape] = [numbers('x', [2, 4, 3]), [2, 4, 3]]
  const outputOf = async (
    config: LayerConfig,
    mode: 'train' | 'eval',
    step: number,
  ): Promise<Float32Array | undefined> => {
    const found = await runLayer({
      config,
      mode,
      x,
      shape,
      dy: (output) => numbers('dy', output),
      step,
    })
    return found['y']
  }
  const stacked = gru({ units: 4, layers: 2, dropout: 0.5 })
  expect(await outputOf(stacked, 'train', 1)).toEqual(await outputOf(stacked, 'train', 1))
  expect(await outputOf(stacked, 'train', 1)).not.toEqual(await outputOf(stacked, 'train', 2))
  expect(await outputOf(stacked, 'eval', 1)).toEqual(await outputOf(stacked, 'eval', 2))
  const single = gru({ units: 4, dropout: 0.5 })
  expect(await outputOf(single, 'train', 1)).toEqual(await outputOf(single, 'train', 2))
})
