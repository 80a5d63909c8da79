// Tensors by hand: recorded, computed off the main thread, kept.

import { expect, test } from 'vitest'

import { evaluate, serialise, Tensor, withPath } from '../../src/tensor/index.ts'

const x = Tensor.from([
  [1, -2],
  [3, 4],
])

function misfit(): Tensor {
  return withPath('layers.3', () => x.matMul(Tensor.zeros([3, 2])))
}

test.each([
  [
    'add',
    () => x.add(1),
    [
      [2, -1],
      [4, 5],
    ],
  ],
  [
    'sub',
    () => x.sub(Tensor.from([1, 2])),
    [
      [0, -4],
      [2, 2],
    ],
  ],
  [
    'mul',
    () => x.mul(x),
    [
      [1, 4],
      [9, 16],
    ],
  ],
  [
    'div',
    () => x.div(2),
    [
      [0.5, -1],
      [1.5, 2],
    ],
  ],
  [
    'neg',
    () => x.neg(),
    [
      [-1, 2],
      [-3, -4],
    ],
  ],
  [
    'abs',
    () => x.abs(),
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [
    'square',
    () => x.square(),
    [
      [1, 4],
      [9, 16],
    ],
  ],
  [
    'relu',
    () => x.relu(),
    [
      [1, 0],
      [3, 4],
    ],
  ],
  [
    'maximum',
    () => x.maximum(0),
    [
      [1, 0],
      [3, 4],
    ],
  ],
  [
    'minimum',
    () => x.minimum(Tensor.from([[2], [3]])),
    [
      [1, -2],
      [3, 3],
    ],
  ],
  [
    'greater',
    () => x.greater(1),
    [
      [0, 0],
      [1, 1],
    ],
  ],
  [
    'equal',
    () => x.equal(3),
    [
      [0, 0],
      [1, 0],
    ],
  ],
  [
    'select',
    () => x.less(0).select(9, x),
    [
      [1, 9],
      [3, 4],
    ],
  ],
  [
    'matMul',
    () => x.matMul(x),
    [
      [-5, -10],
      [15, 10],
    ],
  ],
  [
    'transpose',
    () => x.transpose(),
    [
      [1, 3],
      [-2, 4],
    ],
  ],
  ['reshape', () => x.reshape([-1]), [1, -2, 3, 4]],
  ['slice', () => x.slice([0, 1], [2, 2]), [[-2], [4]]],
  [
    'pad',
    () =>
      x.pad([
        [1, 0],
        [0, 1],
      ]),
    [
      [0, 0, 0],
      [1, -2, 0],
      [3, 4, 0],
    ],
  ],
  [
    'concat',
    () => x.concat([Tensor.ones([2, 1])], 1),
    [
      [1, -2, 1],
      [3, 4, 1],
    ],
  ],
  [
    'gather',
    () => x.gather(Tensor.from([1, 0, 1], [3], 'int32')),
    [
      [3, 4],
      [1, -2],
      [3, 4],
    ],
  ],
  [
    'broadcastTo',
    () => Tensor.from([[1], [2]]).broadcastTo([2, 2]),
    [
      [1, 1],
      [2, 2],
    ],
  ],
  ['sum', () => x.sum(), 6],
  ['sum over an axis', () => x.sum({ axes: 0 }), [4, 2]],
  ['mean keeping axes', () => x.mean({ axes: -1, keepDims: true }), [[-0.5], [3.5]]],
  ['max', () => x.max({ axes: 1 }), [1, 4]],
  ['argMax', () => x.argMax(), [0, 1]],
  ['cast', () => Tensor.from([1.7, -1.7]).cast('int32'), [1, -1]],
  ['a scalar', () => Tensor.full([], 2).add(1), 3],
  ['an empty sum', () => Tensor.zeros([0, 2]).sum({ axes: 0 }), [0, 0]],
])('%s computes what its name says', async (_, make, expected) => {
  expect(await make().array()).toEqual(expected)
})

test('softmax of a row sums to one and keeps its order', async () => {
  const [row] = (await Tensor.from([[0, Math.log(2), Math.log(5)]])
    .softmax()
    .array()) as number[][]
  expect(row?.[0]).toBeCloseTo(1 / 8, 6)
  expect(row?.[1]).toBeCloseTo(2 / 8, 6)
  expect(row?.[2]).toBeCloseTo(5 / 8, 6)
})

test('integer results keep their element type', async () => {
  const indices = x.argMax()
  expect(indices.dtype).toBe('int32')
  expect(await indices.data()).toBeInstanceOf(Int32Array)
})

test('numbers that JSON cannot hold are kept', async () => {
  expect(await Tensor.full([2], Number.NaN).add(1).array()).toEqual([Number.NaN, Number.NaN])
  expect(await x.mul(Infinity).slice([0, 0], [1, 1]).item()).toBe(Infinity)
})

test('a value that was read is a leaf afterwards, so its history can be collected', async () => {
  const sum = x.add(1).sum()
  expect(serialise([sum]).nodes.length).toBeGreaterThan(1)
  await sum.data()
  expect(serialise([sum]).nodes).toHaveLength(1)
  expect(await sum.mul(2).item()).toBe(20)
})

test('what several tensors share is recorded once', () => {
  const shared = x.exp()
  const { nodes, values } = serialise([shared.sum(), shared.mean(), shared])
  expect(nodes.filter((node) => node.op === 'exp')).toHaveLength(1)
  expect(values).toHaveLength(3)
})

test('several tensors are computed in one run', async () => {
  const [sum, mean] = await evaluate([x.sum(), x.mean()])
  expect([sum?.[0], mean?.[0]]).toEqual([6, 1.5])
})

test('a recurrence goes on from its state, and stands still after a length', async () => {
  const gates = Tensor.from([[[1], [2], [3]]])
  const [weight, state] = [Tensor.from([[2]]), Tensor.from([[0.5]])]
  const options = { cell: 'rnnRelu', lengths: Tensor.from([2], [1], 'int32') } as const
  const { states } = gates.recurrence(weight, state, options)
  expect(await states.array()).toEqual([[[2], [6], [6]]])
  const back = gates.recurrence(weight, state, { ...options, reverse: true })
  expect(await back.states.array()).toEqual([[[7], [3], [0.5]]])
  expect(await states.maskTime(options.lengths).array()).toEqual([[[2], [6], [0]]])
})

test('ctc of even scores counts the paths that spell the target', async () => {
  const loss = Tensor.zeros([1, 2, 3]).ctc(Tensor.from([1], [1, 1], 'int32'))
  expect(await loss.item()).toBeCloseTo(Math.log(9 / 3), 6)
})

test('a graph deeper than the call stack is listed', async () => {
  let deep = Tensor.from([0])
  for (let i = 0; i < 20_000; i++) deep = deep.add(1)
  expect(serialise([deep]).nodes.length).toBeGreaterThan(20_000)
})

test('sizes that do not fit are refused where they are recorded, with the module path', () => {
  expect(misfit).toThrow(expect.objectContaining({ code: 'SHAPE' }))
  expect(misfit).toThrow(/^layers\.3: matMul/)
})

test('the batch of a traced model has no values to read', async () => {
  const batch = Tensor.input('x', { dtype: 'float32', shape: [2] })
  await expect(batch.add(1).data()).rejects.toMatchObject({ code: 'DATA' })
})

test('many reads at once each get their own values', async () => {
  const reads = Array.from({ length: 50 }, (_, i) => Tensor.from([i]).add(i).item())
  expect(await Promise.all(reads)).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i))
})

test('the reciprocal of a square root', async () => {
  expect(await Tensor.from([0.25, 1, 16]).rsqrt().array()).toEqual([2, 1, 0.25])
})

test('noise is drawn by its site, as large as its deviation', async () => {
  const zeros = Tensor.zeros([1000])
  const [one, same, other] = await evaluate([
    zeros.gaussianNoise(2, 1),
    zeros.gaussianNoise(2, 1),
    zeros.gaussianNoise(2, 2),
  ])
  expect(same).toEqual(one)
  expect(other).not.toEqual(one)
  const squares = [...(one ?? [])].reduce((sum, z) => sum + z * z, 0)
  // The variance of 1,000 normal numbers, within four of its standard deviations.
  expect(Math.abs(squares / 1000 - 4)).toBeLessThan(0.72)
  expect(() => zeros.gaussianNoise(-1, 1)).toThrow('deviation must be at least 0')
})
