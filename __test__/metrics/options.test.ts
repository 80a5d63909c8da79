// Every option of every metric: what is out of its range is refused under its path.

import { expect, test } from 'vitest'

import type { AttuneError } from '../../src/index.ts'
import { jsonSchema } from '../../src/config/index.ts'
import { metricOf, metricSchema, metricTypes } from '../../src/metrics/index.ts'

const threshold = ['threshold', 'half'] as const
const average = ['average', 'mean'] as const
const fromLogits = ['fromLogits', 1] as const
const ranks = [average, fromLogits, ['training', 'yes']] as const

const bad: Readonly<Record<string, readonly (readonly [option: string, value: unknown])[]>> = {
  accuracy: [threshold],
  balancedAccuracy: [threshold, ['adjusted', 1]],
  brier: [fromLogits],
  cohenKappa: [threshold, ['weights', 'cubic']],
  confusionMatrix: [threshold, ['normalise', 'rows']],
  expectedCalibrationError: [fromLogits, ['bins', 0], ['bins', 1.5]],
  f1: [threshold, average],
  fBeta: [threshold, average, ['beta', -1], ['beta', undefined]],
  logLoss: [fromLogits],
  mape: [],
  mcc: [threshold],
  meanAbsoluteError: [],
  meanSquaredError: [],
  perplexity: [fromLogits],
  prAuc: ranks,
  precision: [threshold, average],
  r2: [],
  recall: [threshold, average],
  rmse: [],
  rocAuc: ranks,
  topK: [['k', 0]],
}

const least: Readonly<Record<string, object>> = { fBeta: { beta: 1 } }

const cases = Object.entries(bad).flatMap(([type, options]) =>
  options.map(([option, value]) => ({ type, option, value })),
)

test.each(cases)('$type.$option of $value is refused by its path', ({ type, option, value }) => {
  expect(() => metricOf({ type, ...least[type], [option]: value } as never, 'metrics.0')).toThrow(
    expect.objectContaining<Partial<AttuneError>>({
      code: 'CONFIG',
      message: expect.stringMatching(
        new RegExp(`^metrics\\.0\\.${option}: expected .*got `),
      ) as string,
    }),
  )
})

test.each(Object.keys(bad))('%s refuses an option that it has not', (type) => {
  expect(() => metricOf({ type, ...least[type], tau: 1 } as never)).toThrow(
    /^metrics: unknown option `tau`/,
  )
})

test('every option of the schema has its bad value here', () => {
  const { oneOf, anyOf } = jsonSchema(metricSchema()) as Record<
    'oneOf' | 'anyOf',
    { properties: Record<string, { const?: string }> }[] | undefined
  >
  const options = (oneOf ?? anyOf ?? []).flatMap(({ properties: { type, ...rest } }) =>
    Object.keys(rest).map((option) => `${type?.const}.${option}`),
  )
  const tried = new Set(cases.map(({ type, option }) => `${type}.${option}`))
  expect(options.length).toBeGreaterThan(20)
  expect(options.filter((option) => !tried.has(option))).toEqual([])
  expect(Object.keys(bad)).toEqual(metricTypes())
})
