// Values of a tensor: from arrays and back.

import { expect, test } from 'vitest'

import { Tensor } from '../../src/tensor/index.ts'

test('nested arrays come back as they went in', async () => {
  const values = [
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
  ]
  const tensor = Tensor.from(values)
  expect(tensor.shape).toEqual([1, 3, 2])
  expect(tensor.dtype).toBe('float32')
  expect(await tensor.array()).toEqual(values)
})

test('a typed array keeps its element type, and doubles become floats', () => {
  expect(Tensor.from(Uint8Array.of(1, 2)).dtype).toBe('uint8')
  expect(Tensor.from(Int32Array.of(1, 2)).dtype).toBe('int32')
  expect(Tensor.from(Float64Array.of(1, 2)).dtype).toBe('float32')
})

test('a later change of the source, or of what was read, does not reach the tensor', async () => {
  const source = Float32Array.of(1, 2)
  const tensor = Tensor.from(source)
  source[0] = 9
  const read = await tensor.data()
  read[1] = 9
  expect(await tensor.array()).toEqual([1, 2])
})

test('an empty array has a size of 0', async () => {
  const tensor = Tensor.from([[], []])
  expect(tensor.shape).toEqual([2, 0])
  expect(await tensor.array()).toEqual([[], []])
})

test('ragged rows are refused, naming the row', () => {
  expect(() => Tensor.from([[1, 2], [3]])).toThrow('values[1]: expected 2 entries')
  expect(() => Tensor.from([[1], 2])).toThrow('values[1]: expected 1 entries')
})

test.each([
  ['too few values', () => Tensor.from([1, 2, 3], [2, 2]), 'SHAPE'],
  ['a typed array that is too short', () => Tensor.from(new Float32Array(3), [2, 2]), 'SHAPE'],
  ['a negative size', () => Tensor.from([1, 2], [-1]), 'SHAPE'],
  ['a size of 1.5', () => Tensor.zeros([1.5]), 'SHAPE'],
  ['a size of NaN', () => Tensor.zeros([Number.NaN]), 'SHAPE'],
  ['a fraction among int32', () => Tensor.from([0.5], [1], 'int32'), 'DATA'],
  ['256 among uint8', () => Tensor.from([256], [1], 'uint8'), 'DATA'],
  ['text', () => Tensor.from(['1'] as unknown as number[]), 'DATA'],
])('%s is refused with %s', (_, make, code) => {
  expect(make).toThrow(expect.objectContaining({ name: 'AttuneError', code }))
})

test('a detached buffer is refused', () => {
  const array = new Float32Array(4)
  structuredClone(array.buffer, { transfer: [array.buffer] })
  expect(() => Tensor.from(array)).toThrow(expect.objectContaining({ code: 'DATA' }))
})

test('item reads a tensor of one element only', async () => {
  expect(await Tensor.from([[7]]).item()).toBe(7)
  await expect(Tensor.from([1, 2]).item()).rejects.toMatchObject({ code: 'SHAPE' })
})
