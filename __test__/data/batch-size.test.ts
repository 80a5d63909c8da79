// Batch sizes over the epochs, and bad ones.

import { expect, test } from 'vitest'

import { jsonSchema, parse } from '../../src/config/index.ts'
import {
  batchChanges,
  batchSequence,
  batchSizeAt,
  batchSizeSchema,
  growingBatch,
} from '../../src/data/index.ts'
import type { BatchSize } from '../../src/data/index.ts'

function sizes(size: BatchSize, epochs: number, samples = 1000): number[] {
  return Array.from({ length: epochs }, (_, epoch) => batchSizeAt(size, epoch, samples))
}

test('a number stays, up to all samples, and all of them are all', () => {
  expect(sizes(32, 2)).toEqual([32, 32])
  expect(sizes(32, 1, 20)).toEqual([20])
  expect(sizes('all', 2)).toEqual([1000, 1000])
})

test('a growing batch grows by its factor every few epochs, up to its bound and all samples', () => {
  expect(sizes(growingBatch({ initial: 10, every: 2, max: 35 }), 6)).toEqual([
    10, 10, 20, 20, 35, 35,
  ])
  expect(sizes(growingBatch({ initial: 3, factor: 1.5 }), 4)).toEqual([3, 4, 6, 10])
  expect(sizes(growingBatch({ initial: 300 }), 4)).toEqual([300, 600, 1000, 1000])
  expect(batchSizeAt(growingBatch({ initial: 1 }), 1e6, 1000)).toBe(1000)
})

test('parts follow one another, and the last one goes on', () => {
  const size = batchSequence([{ size: 8, epochs: 2 }, { size: 16, epochs: 1 }, { size: 'all' }])
  expect(sizes(size, 5)).toEqual([8, 8, 16, 1000, 1000])
  expect(sizes(batchSequence([{ size: 8, epochs: 1 }]), 2)).toEqual([8, 8])
})

test.each<[BatchSize, number[]]>([
  [32, [0]],
  ['all', [0]],
  [growingBatch({ initial: 300, every: 3 }), [0, 3, 6]],
  [growingBatch({ initial: 10, max: 10 }), [0]],
  [
    batchSequence([
      { size: 1, epochs: 2 },
      { size: 2, epochs: 3 },
      { size: 3, epochs: 4 },
    ]),
    [0, 2, 5],
  ],
])('the size of %j may change at epochs %j', (size, changes) => {
  expect(batchChanges(size, 1000)).toEqual(changes)
})

test.each([
  ['half', 'expected a whole number of at least 1, "all" or a batch schedule, got "half"'],
  [{ type: 'growingBatch', initial: 0 }, 'initial: expected a whole number of at least 1, got 0'],
  [
    { type: 'growingBatch', initial: 1, factor: 1 },
    'factor: expected a number at least 1.01, got 1',
  ],
  [{ type: 'growingBatch', initial: 9, max: 8 }, 'max: expected at least `initial`'],
  [{ type: 'batchSequence', parts: [] }, 'parts: expected an array of at least one part'],
  [
    { type: 'batchSequence', parts: [{ size: 1 }, { size: 2 }] },
    'parts.0.epochs: expected how many epochs this part lasts',
  ],
  [
    { type: 'batchSequence', parts: [{ size: 0 }] },
    'parts.0.size: expected a whole number of at least 1, got 0',
  ],
  [{ type: 'growngBatch' }, 'unknown batch schedule "growngBatch"; did you mean "growingBatch"?'],
])('%j is refused', (value, message) => {
  expect(() => parse(batchSizeSchema, value)).toThrow(message)
})

test('the JSON Schema of a batch size knows its forms', () => {
  const text = JSON.stringify(jsonSchema(batchSizeSchema))
  for (const name of ['all', 'growingBatch', 'batchSequence']) expect(text).toContain(`"${name}"`)
})
