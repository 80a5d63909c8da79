// Early stopping by the published sequences of EarlyStopping.jl, and its options.

import { expect, test } from 'vitest'

import { callbackOf, earlyStopping } from '../../src/callbacks/index.ts'
import type { Decision, EarlyStoppingOptions } from '../../src/callbacks/index.ts'
import type { AttuneError } from '../../src/errors/index.ts'
import { state } from './state.ts'

const losses = [10, 8, 9, 10, 11, 12, 12, 13, 14, 15, 16, 17, 16]

/** The decision after each value, up to the one that stops. */
async function decisions(
  options: EarlyStoppingOptions,
  values: readonly number[],
): Promise<(Decision | undefined)[]> {
  const callback = callbackOf(earlyStopping(options))
  const { monitor = 'val.loss' } = options
  const given: (Decision | undefined)[] = []
  for (const value of values) {
    const decision = await callback.onEpoch?.(state({ metrics: { [monitor]: value }, loss: value }))
    given.push(decision ?? undefined)
    if (decision?.stop === true) break
  }
  return given
}

async function stopsAt(options: EarlyStoppingOptions, values = losses): Promise<number> {
  const given = await decisions(options, values)
  return given.at(-1)?.stop === true ? given.length : 0
}

test.each([
  [6, 8],
  [5, 7],
  [4, 6],
  [3, 5],
  [2, 4],
  [1, 3],
])('a patience of %i ends the published sequence at epoch %i', async (patience, epoch) => {
  expect(await stopsAt({ patience })).toBe(epoch)
})

test('values that keep falling never end a run', async () => {
  expect(await stopsAt({ patience: 1 }, [5, 4, 3, 2, 1])).toBe(0)
})

test('a change by no more than minDelta is no improvement', async () => {
  const values = [1, 0.95, 0.9, 0.5]
  expect(await stopsAt({ patience: 2, minDelta: 0.1 }, values)).toBe(3)
  expect(await stopsAt({ patience: 2, minDelta: 0.01 }, values)).toBe(0)
})

test('an accuracy is better when it is higher, and mode overrules the name', async () => {
  const rising = [0.1, 0.2, 0.3, 0.4]
  expect(await stopsAt({ monitor: 'val.accuracy', patience: 1 }, rising)).toBe(0)
  expect(await stopsAt({ monitor: 'val.accuracy', patience: 1, mode: 'min' }, rising)).toBe(2)
  expect(await stopsAt({ monitor: 'val.loss', patience: 1, mode: 'max' }, rising)).toBe(0)
})

test('a baseline has to be beaten from the first epoch', async () => {
  expect(await stopsAt({ patience: 2, baseline: 7 }, [10, 8, 6])).toBe(2)
  expect(await stopsAt({ patience: 3, baseline: 7 }, [10, 8, 6, 9])).toBe(0)
})

test('NaN is no improvement', async () => {
  expect(await stopsAt({ patience: 2 }, [Number.NaN, Number.NaN])).toBe(2)
  expect(await stopsAt({ patience: 2 }, [1, Number.NaN, 0.5, 0.4])).toBe(0)
})

test('restoreBest keeps the weights of each best epoch and puts them back at the end', async () => {
  const given = await decisions({ patience: 2, restoreBest: true }, [3, 2, 4, 5])
  expect(given.map((decision) => decision?.keep ?? false)).toEqual([true, true, false, false])
  const callback = callbackOf(earlyStopping({ restoreBest: true }))
  expect(await callback.onEnd?.(state({}))).toEqual({ restore: false })
  await callback.onEpoch?.(state({ metrics: { 'val.loss': 1 } }))
  expect(await callback.onEnd?.(state({}))).toEqual({ restore: true })
})

test('what it remembers can be taken up by another', async () => {
  const first = callbackOf(earlyStopping({ patience: 2 }))
  for (const value of [1, 2]) await first.onEpoch?.(state({ metrics: { 'val.loss': value } }))
  const second = callbackOf(earlyStopping({ patience: 2 }))
  second.restore?.(JSON.parse(JSON.stringify(first.state?.())))
  expect(await second.onEpoch?.(state({ metrics: { 'val.loss': 3 } }))).toMatchObject({
    stop: true,
  })
})

test('a monitor that the run has not is answered with the nearest name', () => {
  const callback = callbackOf(earlyStopping({ monitor: 'val_accuracy' }), 'callbacks.0')
  const begin = (): unknown => callback.onStart?.(state({}))
  expect(begin).toThrow(/callbacks\.0\.monitor: .*did you mean "val\.accuracy"/)
  expect(begin).toThrow(expect.objectContaining({ code: 'CONFIG' } satisfies Partial<AttuneError>))
})
