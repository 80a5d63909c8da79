// Prechelt's criteria by the published sequences of EarlyStopping.jl.

import { expect, test } from 'vitest'

import { callbackOf, prechelt } from '../../src/callbacks/index.ts'
import type { Decision, PrecheltOptions } from '../../src/callbacks/index.ts'
import { generalizationLoss, trainingProgress } from '../../src/callbacks/prechelt.ts'
import { state } from './state.ts'

const losses = [10, 8, 9, 10, 11, 12, 12, 13, 14, 15, 16, 17, 16]

/** Training losses of the last two epochs before each measurement, and what it found. */
const strips = [
  [9.5, 9.3, 10],
  [9.1, 8.9, 8],
  [8.3, 8.4, 9],
  [9.9, 9.5, 10],
  [10.6, 10.4, 11],
  [11.8, 11.7, 12],
  [11.6, 11.4, 12],
  [12.2, 12.1, 13],
  [14.5, 14.1, 14],
  [13.9, 13.7, 15],
  [12.5, 12.3, 16],
  [11.2, 11, 17],
  [10.5, 10.3, 16],
] as const

interface Epoch {
  readonly loss: number
  readonly value: number
}

/** The decision after each epoch, up to the one that stops. */
async function decisions(options: PrecheltOptions, epochs: readonly Epoch[]): Promise<Decision[]> {
  const callback = callbackOf(prechelt(options))
  const given: Decision[] = []
  for (const { loss, value } of epochs) {
    given.push((await callback.onEpoch?.(state({ loss, metrics: { 'val.loss': value } }))) ?? {})
    if (given.at(-1)?.stop === true) break
  }
  return given
}

async function stopsAt(options: PrecheltOptions, epochs: readonly Epoch[]): Promise<number> {
  const given = await decisions(options, epochs)
  return given.at(-1)?.stop === true ? given.length : 0
}

const measured = losses.map((value) => ({ loss: 1, value }))

test.each([
  [12, 3],
  [20, 4],
  [40, 6],
  [90, 11],
  [110, 12],
  [1000, 0],
])('GL with alpha %f ends the published sequence at epoch %i', async (alpha, epoch) => {
  expect(await stopsAt({ criterion: 'GL', alpha }, measured)).toBe(epoch)
})

test.each([
  [2, 3],
  [3.8, 5],
  [11.6, 6],
  [15.1, 8],
  [15.3, 0],
])('PQ with alpha %f ends the published strips at measurement %i', async (alpha, strip) => {
  const epochs = strips.flatMap(([first, second, value]) => [
    { loss: first, value: Number.NaN },
    { loss: second, value },
  ])
  expect(await stopsAt({ criterion: 'PQ', alpha, strip: 2 }, epochs)).toBe(2 * strip)
})

test.each([
  [6, 0],
  [5, 12],
  [4, 6],
  [3, 5],
  [2, 4],
  [1, 3],
])('UP with %i rises, epoch by epoch, ends the published sequence at %i', async (rises, epoch) => {
  expect(await stopsAt({ criterion: 'UP', rises, strip: 1 }, measured)).toBe(epoch)
})

test('UP looks at the ends of strips only', async () => {
  const values = [5, 9, 4, 1, 5, 0, 6]
  const epochs = values.map((value) => ({ loss: 1, value }))
  expect(await stopsAt({ criterion: 'UP', rises: 1, strip: 2 }, epochs)).toBe(0)
  expect(await stopsAt({ criterion: 'UP', rises: 1, strip: 3 }, epochs.slice(1))).toBe(6)
})

function rising(worse: number): Epoch[] {
  return [
    { loss: 2, value: 1 },
    { loss: 1, value: worse },
  ]
}

test('the thresholds are those of EarlyStopping.jl where none is given', async () => {
  expect(await stopsAt({ criterion: 'GL' }, rising(1.0199))).toBe(0)
  expect(await stopsAt({ criterion: 'GL' }, rising(1.0201))).toBe(2)
  expect(trainingProgress([2, 1])).toBe(500)
  expect(await stopsAt({ criterion: 'PQ', strip: 2 }, rising(4.749))).toBe(0)
  expect(await stopsAt({ criterion: 'PQ', strip: 2 }, rising(4.751))).toBe(2)
})

test('generalization loss grows for values below 0 as well', () => {
  expect(generalizationLoss(9, 8)).toBe(12.5)
  expect(generalizationLoss(-7, -8)).toBe(12.5)
})

test('a score, of which more is better, is refused', () => {
  const callback = callbackOf(prechelt({ criterion: 'GL', monitor: 'val.accuracy' }), 'callbacks.0')
  const begin = (): unknown => callback.onStart?.(state())
  expect(begin).toThrow(/^callbacks\.0\.monitor: expected an error, of which less is better/)
})

test('the best weights are kept, and put back at the end', async () => {
  const given = await decisions({ criterion: 'GL', restoreBest: true }, measured)
  expect(given.map(({ keep }) => keep)).toEqual([true, true, false])
  const callback = callbackOf(prechelt({ criterion: 'GL', restoreBest: true }))
  expect(await callback.onEnd?.(state())).toEqual({ restore: false })
  await callback.onEpoch?.(state({ metrics: { 'val.loss': 1 } }))
  expect(await callback.onEnd?.(state())).toEqual({ restore: true })
})

test('what it remembers can be taken up by another', async () => {
  const options: PrecheltOptions = { criterion: 'UP', rises: 3, strip: 2 }
  const climb = Array.from({ length: 8 }, (_, i) => ({ loss: 1, value: i }))
  expect(await stopsAt(options, climb)).toBe(8)
  const first = callbackOf(prechelt(options))
  for (const { value } of climb.slice(0, 5)) {
    await first.onEpoch?.(state({ metrics: { 'val.loss': value } }))
  }
  const second = callbackOf(prechelt(options))
  second.restore?.(JSON.parse(JSON.stringify(first.state?.())))
  const stops: boolean[] = []
  for (const { value } of climb.slice(5)) {
    const answer = await second.onEpoch?.(state({ metrics: { 'val.loss': value } }))
    stops.push(answer?.stop ?? false)
  }
  expect(stops).toEqual([false, false, true])
})
