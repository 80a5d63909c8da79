// What is told of data: balance, lengths, repeats, leaks.

import { expect, test } from 'vitest'

import { datasets, describeData, fromArrays, fromIterable, resolveData } from '../../src/index.ts'

const ids = Int32Array.of(1, 2, 0, 0, 3, 0, 0, 0, 1, 2, 0, 0, 4, 4, 4, 4)

test('repeats, and samples to measure with that are trained on, are counted', async () => {
  const data = fromArrays(
    { x: ids, y: [0, 1, 0, 1] },
    { shape: [4], validation: { x: Int32Array.of(3, 0, 0, 0, 9, 9, 9, 9), y: [1, 0] } },
  )
  const described = await describeData(await resolveData(data))
  expect(described).toMatchObject({
    samples: { train: 4, validation: 2, test: 0 },
    duplicates: { train: 1, validation: 0 },
    leaks: { validation: 1 },
    balance: [
      { class: 0, train: 2, validation: 1, test: 0 },
      { class: 1, train: 2, validation: 1, test: 0 },
    ],
    lengths: { least: 1, median: 2, most: 4 },
    skipped: [],
  })
})

test('targets that are no labels have figures, and a class without samples is told', async () => {
  const target = await describeData(await resolveData(fromArrays({ x: [[1], [2]], y: [0.5, 1.5] })))
  expect(target.y.figures).toMatchObject({ mean: 1, minimum: 0.5, maximum: 1.5 })
  expect(target).not.toHaveProperty('balance')
  const classes = ['cat', 'dog', 'cow']
  const data = fromArrays({ x: [[1], [2]], y: [0, 1] }, { classes })
  const { balance } = await describeData(await resolveData(data))
  expect(balance?.at(2)).toEqual({ class: 2, name: 'cow', train: 0, validation: 0, test: 0 })
})

test('the digits have no class that is rare', async () => {
  const { balance = [] } = await describeData(await resolveData(datasets.digits()))
  expect(balance.map(({ name }) => name).join('')).toBe('0123456789')
  expect(Math.min(...balance.map(({ train }) => train))).toBeGreaterThan(120)
})

test('of samples that are read as needed the number is told, and what was left out', async () => {
  const samples = [{ x: [1, 2], y: 0 }, 'no sample' as never, { x: [3, 4], y: 1 }]
  const data = fromIterable(() => samples, { samples: 2, onBadSample: 'skip' })
  const resolved = await resolveData(data)
  expect(await describeData(resolved)).toMatchObject({ samples: { train: 2 }, duplicates: {} })
  const { skipped } = await describeData(
    await resolveData(fromIterable(samples, { onBadSample: 'skip' })),
  )
  expect(skipped).toEqual([
    { sample: 'sample 1', reason: 'expected a sample { x, y }, got string' },
  ])
})
