// Data of one's own: shapes found or given, and every way in which it can be wrong.
import { expect, test } from 'vitest'

import { fromArrays, resolveData } from '../../src/data/index.ts'
import type { Arrays, FromArraysOptions } from '../../src/data/index.ts'

test('nested arrays keep their shape and whole targets become labels', async () => {
  const data = await resolveData(fromArrays({ x: [[[1, 2]], [[3, 4]]], y: [0, 1] }))
  expect(data.columns).toEqual({
    x: { dtype: 'float32', shape: [1, 2] },
    y: { dtype: 'int32', shape: [] },
  })
  expect(data.train.column('x')).toEqual(Float32Array.of(1, 2, 3, 4))
  expect(data.train.column('y')).toEqual(Int32Array.of(0, 1))
  expect([data.validation, data.test, data.classes]).toEqual([undefined, undefined, undefined])
})

test('typed arrays keep their type and are shared out among the targets', async () => {
  const x = Uint8Array.of(1, 2, 3, 4, 5, 6)
  const flat = await resolveData(fromArrays({ x, y: Float32Array.of(0.5, 1) }))
  expect(flat.columns).toEqual({
    x: { dtype: 'uint8', shape: [3] },
    y: { dtype: 'float32', shape: [] },
  })
  const shaped = await resolveData(
    fromArrays({ x, y: [1, 2, 3, 4.5] }, { shape: [3, 1], targetShape: [2] }),
  )
  expect(shaped.columns).toEqual({
    x: { dtype: 'uint8', shape: [3, 1] },
    y: { dtype: 'float32', shape: [2] },
  })
})

test('the arrays may change once a run has them', async () => {
  const x = Float32Array.of(1, 2)
  const data = await resolveData(fromArrays({ x, y: [0, 1] }))
  x.fill(9)
  expect(data.train.column('x')).toEqual(Float32Array.of(1, 2))
})

test('validation is a share, or arrays of its own; test samples are their own', async () => {
  const arrays: Arrays = { x: [[1], [2], [3], [4], [5]], y: [0, 1, 0, 1, 0] }
  const share = await resolveData(fromArrays(arrays, { validation: 0.4 }), { seed: 5 })
  expect([share.train.length, share.validation?.length]).toEqual([3, 2])
  const all = [...share.train.column('x'), ...(share.validation?.column('x') ?? [])]
  expect(all.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5])
  const own = await resolveData(
    fromArrays(arrays, { validation: { x: [[6]], y: [1] }, test: { x: [[7], [8]], y: [0, 0] } }),
  )
  expect([own.train.length, own.validation?.length, own.test?.length]).toEqual([5, 1, 2])
  expect(own.test?.column('x')).toEqual(Float32Array.of(7, 8))
})

test('unit scale divides by the largest magnitude of the training samples', async () => {
  const given = { x: [[-4], [2]], y: [0, 1] }
  const data = await resolveData(fromArrays(given, { normalise: 'unit' }))
  expect(data.normalisation).toEqual({ shift: 0, scale: 0.25 })
  const flat = { x: [[3], [3]], y: [0, 1] }
  const still = await resolveData(fromArrays(flat, { normalise: 'standard' }))
  expect(still.normalisation).toEqual({ shift: 3, scale: 1 })
})

const good = { x: [[1], [2]], y: [0, 1] }
const wrong: readonly [string, Arrays, FromArraysOptions, string, RegExp][] = [
  [
    'fewer targets',
    { x: [[1], [2]], y: [0] },
    {},
    'DATA',
    /^data\.arrays: y: expected 2 samples, as x has, came 1/,
  ],
  ['ragged rows', { x: [[1], [2, 3]], y: [0, 1] }, {}, 'SHAPE', /^data\.arrays\.x: values\[1\]/],
  ['NaN', { x: [[1], [Number.NaN]], y: [0, 1] }, {}, 'DATA', /x: .*NaN in sample 1/],
  ['a label beyond the classes', good, { classes: ['a'] }, 'DATA', /y: .*came 1 in sample 1/],
  [
    'a shape that does not divide',
    { x: Float32Array.of(1, 2, 3), y: [0, 1] },
    {},
    'DATA',
    /multiple of 2/,
  ],
  [
    'other validation samples',
    good,
    { validation: { x: [[1, 2]], y: [0] } },
    'SHAPE',
    /^data\.validation: expected samples/,
  ],
  [
    'no samples',
    { x: new Float32Array(), y: new Int32Array() },
    { shape: [1] },
    'DATA',
    /at least one sample/,
  ],
  ['text', { x: 'abc', y: [0] } as never, {}, 'CONFIG', /data\.arrays\.x: expected an array/],
  ['no targets', { x: [[1]] } as never, {}, 'CONFIG', /data\.arrays\.y: expected an array/],
  [
    'a shape of zero',
    good,
    { shape: [0] },
    'CONFIG',
    /data\.shape\.0: expected a whole number of at least 1/,
  ],
]

test.each(wrong)('%s is refused', async (_, arrays, options, code, message) => {
  await expect(resolveData(fromArrays(arrays, options))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  })
})

test('a detached buffer is refused', async () => {
  const x = Float32Array.of(1, 2)
  structuredClone(x, { transfer: [x.buffer] })
  await expect(resolveData(fromArrays({ x, y: [0, 1] }))).rejects.toMatchObject({ code: 'DATA' })
})
