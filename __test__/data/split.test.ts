// Samples kept aside: shares, folds, classes, and the record of which went where.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import {
  crossEntropy,
  datasets,
  dense,
  flatten,
  fromArrays,
  kFold,
  resolveData,
  sequential,
  sgd,
  splitRows,
  Trainer,
} from '../../src/index.ts'
import type { ValidationSize } from '../../src/index.ts'

const points = (validation: ValidationSize, validationFrom?: 'stratified' | 'random') =>
  fromArrays(
    { x: Array.from({ length: 12 }, (_, i) => [i]), y: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1] },
    { validation, validationFrom },
  )

test('every sample is measured with in one fold and trained on in the others', async () => {
  const folds = kFold(points(0), { folds: 5 })
  expect(folds.map(({ validation }) => validation)).toEqual(
    [0, 1, 2, 3, 4].map((fold) => ({ fold, of: 5 })),
  )
  const parts = await Promise.all(folds.map((data) => resolveData(data, { seed: 4 })))
  const aside = parts.flatMap(({ validation }) => [...(validation?.column('x') ?? [])])
  expect(aside.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i))
  for (const { train, validation } of parts) {
    const all = [...train.column('x'), ...(validation?.column('x') ?? [])]
    expect(new Set(all).size).toBe(12)
  }
})

test('each class has its share of what is kept aside', async () => {
  for (const seed of [0, 1, 2]) {
    const data = await resolveData(points(3, 'stratified'), { seed })
    const labels = [...(data.validation?.column('y') ?? [])]
    expect(labels.toSorted((a, b) => a - b)).toEqual([0, 0, 1])
  }
})

const record = async (seed: number, validation: ValidationSize): Promise<unknown> =>
  (await resolveData(datasets.digits({ validation }), { seed })).split

test('equal splits have equal records, and other seeds other ones', async () => {
  const first = await record(1, 0.2)
  expect(first).toEqual({
    train: expect.stringMatching(/^[0-9a-f]{64}$/),
    validation: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(await record(1, 0.2)).toEqual(first)
  expect(await record(2, 0.2)).not.toEqual(first)
  expect(await record(1, { fold: 0, of: 5 })).not.toEqual(first)
  // sha256 of the bytes 0 0 0 0 1 0 0 0 2 0 0 0.
  const all = await resolveData(fromArrays({ x: [[1], [2], [3]], y: [0, 1, 0] }))
  expect(all.split).toEqual({
    train: 'ad5dc1478de06a4c2728ea528bd9361a4b945e92a414bf4d180cedaaeaa5f4cc',
  })
})

test('a run keeps the record of its split in its folder', async () => {
  const runs = await mkdtemp(join(tmpdir(), 'attune-split-'))
  try {
    const model = sequential([flatten(), dense({ units: 10 })])
    const data = datasets.digits({ validation: { fold: 1, of: 3 }, validationFrom: 'stratified' })
    const run = { model, data, loss: crossEntropy(), optimizer: sgd(), epochs: 1, seed: 5 }
    await new Trainer({ ...run, runs, name: 'one' }).fit()
    const text = await readFile(join(runs, 'one', 'split.json'), 'utf8')
    const { split } = await resolveData(data, { seed: 5 })
    expect(JSON.parse(text)).toEqual({ sha256: split })
  } finally {
    await rm(runs, { recursive: true })
  }
})

test('rows are parted by groups and times of any kind', () => {
  const groups = ['ann', 'bob', 'ann', 'cy', 'bob', 'ann']
  const { train, aside } = splitRows({ by: 'grouped', groups, aside: 2, seed: 1 })
  const named = (rows: Uint32Array): Set<string | undefined> =>
    new Set(Array.from(rows, (row) => groups[row]))
  expect([...named(train)].filter((name) => named(aside).has(name))).toEqual([])
  expect(aside.length).toBeGreaterThan(0)
  const times = ['2024-03-01', '2024-01-01', '2024-02-01']
  expect([...splitRows({ by: 'time', times, aside: 1 }).aside]).toEqual([0])
})

test.each([
  [{ aside: 0.5 }, 'CONFIG', /^splitRows\.rows: expected it to part rows by "random"/],
  [{ rows: 4, by: 'grouped', aside: 1 }, 'CONFIG', /^splitRows\.groups: expected it/],
  [{ rows: 4, aside: 4 }, 'CONFIG', /^splitRows\.aside: expected fewer than all 4 samples/],
  [{ rows: 4, aside: { fold: 2, of: 2 } }, 'CONFIG', /expected a fold below the number of folds/],
  [{ rows: 4, aside: { fold: 0, of: 5 } }, 'DATA', /expected at least 5 rows for 5 folds, came 4/],
  [{ by: 'time', times: ['soon', '2024'], aside: 1 }, 'DATA', /row 0: expected a time/],
])('%j is refused with its place', (given, code, message) => {
  expect(() => splitRows(given as never)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }) as never,
  )
})

test('samples without one class each cannot be shared out by class', async () => {
  const data = fromArrays(
    { x: [[1], [2], [3]], y: [0.5, 1, 2] },
    { validation: 1, validationFrom: 'stratified' },
  )
  await expect(resolveData(data)).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringMatching(/^data\.validationFrom: expected samples of one class each/),
  })
})
