// Initializers: the bounds that each works out from the fans.

import { expect, test } from 'vitest'

import { parse } from '../../src/config/index.ts'
import { initializerSchema, resolveInitializer } from '../../src/nn/initializers.ts'

test.each([
  ['zeros', { type: 'constant', value: 0 }],
  ['ones', { type: 'constant', value: 1 }],
  ['fanInUniform', { type: 'uniform', low: -1 / 6, high: 1 / 6 }],
  ['glorotUniform', { type: 'uniform', low: -Math.sqrt(0.05), high: Math.sqrt(0.05) }],
  ['glorotNormal', { type: 'normal', mean: 0, deviation: Math.sqrt(1 / 60) }],
  ['heUniform', { type: 'uniform', low: -Math.sqrt(1 / 6), high: Math.sqrt(1 / 6) }],
  ['heNormal', { type: 'normal', mean: 0, deviation: Math.sqrt(1 / 18) }],
  ['lecunUniform', { type: 'uniform', low: -Math.sqrt(1 / 12), high: Math.sqrt(1 / 12) }],
  ['lecunNormal', { type: 'truncatedNormal', mean: 0, deviation: 1 / 6 / 0.8796256610342398 }],
] as const)('%s of fan in 36 and fan out 84 has its published bounds', (name, expected) => {
  const fans = { fanIn: 36, fanOut: 84 }
  const { type, ...bounds } = resolveInitializer(name, [4, 4], fans)
  expect(type).toBe(expected.type)
  for (const [key, value] of Object.entries(bounds)) {
    expect(value).toBeCloseTo(
      (expected as unknown as Record<string, number>)[key] ?? Number.NaN,
      12,
    )
  }
})

test('the fans of a kernel count its window', () => {
  expect(resolveInitializer('fanInUniform', [3, 3, 4, 8])).toEqual({
    type: 'uniform',
    low: -1 / 6,
    high: 1 / 6,
  })
})

test('a name and an object with that type mean the same', () => {
  expect(resolveInitializer({ type: 'heNormal' }, [2, 3])).toEqual(
    resolveInitializer('heNormal', [2, 3]),
  )
})

test('an unknown initializer is refused with the list of all', () => {
  expect(() => parse(initializerSchema, 'xavier', 'weightInitializer')).toThrow(
    /^weightInitializer: expected an initializer: zeros, ones, .*, got "xavier"$/,
  )
})
