// Attention layers: what they refuse, what a mask means, and the plain formula at a thousand tokens.

import { expect, test } from 'vitest'

import {
  crossAttention,
  embedding,
  evaluate,
  gradients,
  positionEmbedding,
  selfAttention,
  Tensor,
  transformerDecoderBlock,
  transformerEncoderBlock,
} from '../../src/index.ts'
import { numbers } from '../golden/numbers.ts'
import { runLayer } from '../golden/run-layer.ts'
import { refusal } from './refusal.ts'

test('options out of range are refused under their path', () => {
  const problems = [
    refusal(selfAttention({ heads: 0 })),
    refusal(selfAttention({ heads: 6, keyValueHeads: 4 })),
    refusal(crossAttention({ heads: 2, dropout: 1 })),
    refusal(transformerEncoderBlock({ heads: 2, norm: 'middle' as 'pre' })),
    refusal(transformerDecoderBlock({ heads: 2, hiddenUnits: 0 })),
    refusal(embedding({ vocabularySize: 4, units: 2, paddingIndex: 4 })),
    refusal(positionEmbedding({ base: 0 })),
  ]
  expect(problems).toEqual([
    'CONFIG layer.heads: expected a whole number of at least 1, got 0',
    'CONFIG layer.keyValueHeads: expected a divisor of the 6 heads, got 4',
    'CONFIG layer.dropout: expected a number at least 0 and below 1, got 1',
    'CONFIG layer.norm: expected one of pre, post, got "middle"',
    'CONFIG layer.hiddenUnits: expected a whole number of at least 1, got 0',
    'CONFIG layer.paddingIndex: expected a whole number below the vocabularySize 4, got 4',
    'CONFIG layer.base: expected a number above 0, got 0',
  ])
})

test('inputs that do not fit are refused with what was expected', () => {
  const x = [2, 5, 8]
  const problems = [
    refusal(selfAttention({ heads: 3 }), x),
    refusal(selfAttention({ heads: 8, rotary: true }), x),
    refusal(selfAttention({ heads: 2 }), [2, 8]),
    refusal(selfAttention({ heads: 2 }), x, [3]),
    refusal(transformerEncoderBlock({ heads: 2 }), x, [2, 4]),
    refusal(crossAttention({ heads: 2 }), x),
    refusal(crossAttention({ heads: 2 }), x, [2, 8]),
    refusal(positionEmbedding({ maxLength: 4 }), x),
  ]
  expect(problems).toEqual([
    'SHAPE expected heads that divide the width 8 of the input, got 3: choose a divisor, or give headSize',
    expect.stringContaining(
      'rotary of [2, 5, 8, 1]: channels are turned in pairs, but a head has 1: use an even size',
    ),
    'SHAPE expected an input [batch, time, channels], got [2, 8]',
    'SHAPE expected the lengths [2] of the sequences or a mask [2, 5] of their places, got [3]',
    'SHAPE attention: expected the lengths [2] of the sequences or a mask [2, 5] of their places, got [2, 4]',
    'SHAPE expected a second input, the context [batch, time, channels], got none: call the layer in a Module of your own',
    'SHAPE expected a context [batch, time, channels], got [2, 8]',
    'SHAPE expected at most maxLength 4 places, got 5: raise maxLength',
  ])
})

test('lengths mean the same as a mask of the first places, and one beyond the end is refused', async () => {
  const shape = [3, 4, 6]
  const run = async (values: number[], mask: number[]): Promise<Record<string, Float32Array>> =>
    runLayer({
      config: selfAttention({ heads: 2 }),
      mode: 'train',
      x: numbers('x', shape),
      shape,
      others: [{ values: Int32Array.from(values), shape: mask }],
      dy: (output) => numbers('dy', output),
    })
  const byLengths = await run([4, 2, 0], [3])
  expect(byLengths).toEqual(await run([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0], [3, 4]))
  const message = 'expected lengths of sequences from 0 to 4, came 5 at place 1'
  await expect(run([4, 5, 0], [3])).rejects.toMatchObject({
    code: 'DATA',
    message: expect.stringContaining(message),
  })
  await expect(run([4, 2, -1], [3])).rejects.toMatchObject({ code: 'DATA' })
  expect(byLengths['y']?.slice(48)).toEqual(new Float32Array(24))
})

test('dropout of attention is the same for a seed and a step, and off outside training', async () => {
  const shape = [2, 6, 8]
  const run = async (mode: 'train' | 'eval', step: number): Promise<Float32Array | undefined> => {
    const found = await runLayer({
      config: selfAttention({ heads: 2, dropout: 0.5 }),
      mode,
      x: numbers('x', shape),
      shape,
      dy: (output) => numbers('dy', output),
      step,
    })
    return found['y']
  }
  expect(await run('train', 3)).toEqual(await run('train', 3))
  expect(await run('train', 3)).not.toEqual(await run('train', 4))
  expect(await run('eval', 3)).toEqual(await run('eval', 4))
})

const [time, heads, keyHeads, size, length] = [1024, 12, 4, 64, 700] as const

/** Turned as `rotary` does, by slices and tables. */
function turned(x: Tensor): Tensor {
  const half = size / 2
  const table = (f: (angle: number) => number): Tensor =>
    Tensor.from(
      Float32Array.from({ length: time * half }, (_, i) =>
        f(Math.floor(i / half) * 10_000 ** (-(i % half) / half)),
      ),
      [time, 1, half],
    )
  const [cos, sin] = [table(Math.cos), table(Math.sin)]
  const [batch = 1, , count = 1] = x.shape
  const low = x.slice([0, 0, 0, 0], [batch, time, count, half])
  const high = x.slice([0, 0, 0, half], [batch, time, count, size])
  return low
    .mul(cos)
    .sub(high.mul(sin))
    .concat([high.mul(cos).add(low.mul(sin))], 3)
}

/** Attention with its scores stored: causal, grouped, the keys from `length` on left out. */
function plain(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const group = heads / keyHeads
  const rows = (x: Tensor, count: number): Tensor =>
    x.transpose([0, 2, 1, 3]).reshape([keyHeads, (count / keyHeads) * time, size])
  const hidden = Float32Array.from({ length: time * time }, (_, i) =>
    i % time > Math.floor(i / time) || i % time >= length ? -1e30 : 0,
  )
  const scores = rows(turned(q), heads)
    .matMul(rows(turned(k), keyHeads).transpose([0, 2, 1]))
    .mul(1 / Math.sqrt(size))
    .reshape([keyHeads, group, time, time])
    .add(Tensor.from(hidden, [time, time]))
  const y = scores
    .softmax()
    .reshape([keyHeads, group * time, time])
    .matMul(rows(v, keyHeads))
  return y.reshape([1, heads, time, size]).transpose([0, 2, 1, 3])
}

function drawn(name: string, count: number): Tensor {
  const shape = [1, time, count, size]
  return Tensor.from(numbers(name, shape), shape)
}

test('tiled attention of 1,024 tokens equals the plain formula: causal, padded, grouped, rotary', async () => {
  const [q, k, v] = [drawn('q', heads), drawn('k', keyHeads), drawn('v', keyHeads)] as const
  const dy = drawn('dy', heads)
  const mask = Tensor.from(Int32Array.of(length), [1])
  const all = (y: Tensor): Tensor[] => [y, ...gradients(y.mul(dy).sum(), [q, k, v])]
  const tiled = await evaluate(all(q.rotary().attention(k.rotary(), v, { causal: true, mask })))
  const wanted = await evaluate(all(plain(q, k, v)))
  for (const [i, name] of ['y', 'dq', 'dk', 'dv'].entries()) {
    const found = Float32Array.from(tiled[i] ?? [])
    const expected = Float32Array.from(wanted[i] ?? [])
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    // Sums of up to a thousand terms, in another order.
    const far = expected.findIndex(
      (value, at) => !(Math.abs((found[at] ?? NaN) - value) < 1e-5 * largest),
    )
    expect([name, expected.length > 0, far]).toEqual([name, true, -1])
  }
}, 60_000)
