// Flows: their stages, their order in every run, what they read ahead, and what they refuse.

import { expect, test } from 'vitest'

import { flow } from '../../src/index.ts'
import type { Flow } from '../../src/index.ts'

async function read<T>(given: Flow<T>, pass: { seed?: number; epoch?: number } = {}): Promise<T[]> {
  const values: T[] = []
  for await (const value of given.epoch(pass)) values.push(value)
  return values
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

test('values pass through functions in order, also where promises overtake one another', async () => {
  const late = flow(upTo(20)).map(
    async (x) => {
      for (let i = x % 5; i < 5; i++) await Promise.resolve()
      return x * x
    },
    { ahead: 4 },
  )
  expect(await read(late.filter((x) => x % 2 === 0))).toEqual(
    upTo(20)
      .map((x) => x * x)
      .filter((x) => x % 2 === 0),
  )
})

test('an epoch has an order and random numbers of its own, which its seed decides', async () => {
  const changed = flow(upTo(50))
    .shuffle({ buffer: 10 })
    .map((x, { random }) => [x, random(), random()] as const)
  const [first, again] = [await read(changed), await read(changed)]
  expect(first).toEqual(again)
  expect(first.map(([x]) => x)).not.toEqual(upTo(50))
  expect(first.map(([x]) => x).toSorted((a, b) => a - b)).toEqual(upTo(50))
  for (const other of [{ epoch: 1 }, { seed: 1 }]) {
    expect((await read(changed, other)).map(([x]) => x)).not.toEqual(first.map(([x]) => x))
  }
  const draws = first.flatMap(([, a, b]) => [a, b])
  expect(new Set(draws).size).toBe(100)
  expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true)
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / 100
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.15)
})

test('a shuffle moves no value further ahead than its buffer', async () => {
  const order = await read(flow(upTo(100)).shuffle({ buffer: 8 }))
  order.forEach((value, place) => expect(value - place).toBeLessThanOrEqual(8))
})

test('batches hold the values in order, the last one what is left', async () => {
  expect(await read(flow(upTo(7)).batch(3))).toEqual([[0, 1, 2], [3, 4, 5], [6]])
  expect(await read(flow(upTo(7)).batch(3, { dropLast: true }))).toHaveLength(2)
})

test('what stands before a cache runs in one epoch only', async () => {
  const cached = flow(upTo(5))
    .map((x) => 2 * x)
    .cache()
    .map((x) => x + 1)
  await read(cached)
  expect(await read(cached, { epoch: 1 })).toEqual([1, 3, 5, 7, 9])
  expect(cached.costs().map(({ stage, calls }) => [stage, calls])).toEqual([
    ['map', 5],
    ['map', 10],
  ])
})

test('no more is read than is asked for, and with prefetch so many more', async () => {
  let taken = 0
  const counted = flow(function* () {
    for (;;) yield taken++
  })
  const plain = counted.epoch()[Symbol.asyncIterator]()
  await plain.next()
  expect(taken).toBe(1)
  await plain.return?.()
  taken = 0
  const ahead = counted.prefetch(5).epoch()[Symbol.asyncIterator]()
  await ahead.next()
  await new Promise((resolve) => setImmediate(resolve))
  expect(taken).toBe(6)
  await ahead.return?.()
})

test('leaving a flow closes its source', async () => {
  let closed = false
  const source = flow(function* () {
    try {
      for (;;) yield 1
    } finally {
      closed = true
    }
  })
  for await (const _ of source.prefetch(2).map((x) => x)) break
  expect(closed).toBe(true)
})

function slow(x: number): number {
  let sum = 0
  for (let i = 0; i < 1e5; i++) sum += i
  return x + Math.min(sum, 0)
}

test('the cost of a function is shown under its name', async () => {
  const timed = flow(upTo(10)).map(slow)
  await read(timed)
  const [cost] = timed.costs()
  expect(cost).toMatchObject({ stage: 'map slow', calls: 10 })
  expect(cost?.milliseconds).toBeGreaterThan(0)
})

test('a generator that is read a second time is refused with what to do', async () => {
  const once = (function* () {
    yield 1
  })()
  const used = flow(once)
  await read(used)
  await expect(read(used, { epoch: 1 })).rejects.toMatchObject({
    code: 'DATA',
    message: expect.stringContaining('add `.cache()`, or give a function'),
  })
})

test.each([
  ['batch', () => flow([1]).batch(0)],
  ['shuffle', () => flow([1]).shuffle({ buffer: 1.5 })],
  ['prefetch', () => flow([1]).prefetch(Number.NaN)],
  ['map', () => flow([1]).map((x) => x, { ahead: -1 })],
])('%s refuses a size that is no whole number of at least 1', (_, body) => {
  expect(body).toThrowError(expect.objectContaining({ code: 'CONFIG' }))
})

test('what a function throws reaches who reads the flow', async () => {
  const failing = flow(upTo(3))
    .map((x) => {
      if (x === 2) throw new RangeError('two')
      return x
    })
    .prefetch(3)
  await expect(read(failing)).rejects.toThrow(new RangeError('two'))
})
