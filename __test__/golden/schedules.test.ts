// 200 steps of every schedule against PyTorch's rates, which schedules.py wrote.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { callbackOf } from '../../src/callbacks/index.ts'
import type { ReduceOnPlateauConfig } from '../../src/callbacks/index.ts'
import { rateAt, schedules } from '../../src/optim/index.ts'
import type { Schedule } from '../../src/optim/index.ts'
import { state } from '../callbacks/state.ts'

interface Golden {
  readonly schedules: readonly { readonly config: Schedule; readonly rates: readonly number[] }[]
  /** A metric, one value an epoch, and the rates that follow it. */
  readonly metric: readonly number[]
  readonly plateaus: readonly {
    readonly config: ReduceOnPlateauConfig
    readonly rates: readonly number[]
  }[]
}

const file = new URL('schedules.json', import.meta.url)
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden

test.each(golden.schedules)('the rates of $config are those of PyTorch', ({ config, rates }) => {
  expect(rates).toHaveLength(200)
  const moment = { epoch: 0, totalSteps: 200 }
  const found = rates.map((_, step) => rateAt(config, { ...moment, step }))
  const worst = rates.map((rate, step) => Math.abs((found[step] ?? Number.NaN) - rate) / (rate || 1e-8))
  expect(Math.max(...worst)).toBeLessThan(1e-6)
})

test.each(golden.plateaus)(
  'the rates of $config are those of ReduceLROnPlateau',
  async ({ config, rates }) => {
    const callback = callbackOf(config)
    let learningRate = 0.1
    for (const [i, value] of golden.metric.entries()) {
      const metrics = { 'val.loss': value }
      const decision = await callback.onEpoch?.(state({ learningRate, metrics }))
      learningRate *= decision?.scaleLearningRate ?? 1
      expect(Math.abs(learningRate / (rates[i] ?? 0) - 1)).toBeLessThan(1e-6)
    }
    expect(new Set(rates).size).toBeGreaterThan(2)
  },
)

test('every schedule has rates to be compared with', () => {
  const compared = new Set(golden.schedules.map(({ config }) => config.type))
  expect([...compared].toSorted()).toEqual(Object.keys(schedules).toSorted())
})
