// Initializers: the bounds that each works out from the fans.

import { expect, test } from 'vitest'

import { parse } from '../../src/config/index.ts'
import { native } from '../../src/native.ts'
import { initializerSchema, resolveInitializer } from '../../src/nn/initializers.ts'
import type { Initializer } from '../../src/nn/initializers.ts'

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

test.each([
  ['uniform', { type: 'uniform', low: -0.05, high: 0.05 }],
  ['normal', { type: 'normal', mean: 0, deviation: 0.05 }],
  ['truncatedNormal', { type: 'truncatedNormal', mean: 0, deviation: 0.05 }],
  ['orthogonal', { type: 'orthogonal', gain: 1 }],
] as const)('the name %s stands for its defaults', (name, expected) => {
  expect(resolveInitializer(name, [2, 3])).toEqual(expected)
})

test.each([
  ['xaviar', 'weightInitializer: unknown initializer "xaviar"; the names are zeros, ones, '],
  ['heNormall', 'weightInitializer: unknown initializer "heNormall"; did you mean "heNormal"?'],
  [
    { type: 'normal', deviation: -1 },
    'weightInitializer.deviation: expected a number at least 0, got -1',
  ],
  [{ type: 'uniform', low: 1, high: 0 }, 'weightInitializer.low: expected at most `high`, got '],
  ['constant', 'weightInitializer.value: expected a number, got nothing'],
  [3, 'weightInitializer: expected an initializer, an object with a type such as zeros'],
])('%o is refused under its path', (config, message) => {
  expect(() => parse(initializerSchema, config, 'weightInitializer')).toThrow(message)
})

test('a weight of one axis cannot be orthogonal', () => {
  expect(() => resolveInitializer('orthogonal', [4])).toThrow(
    'orthogonal: expected a weight of at least two axes, got one of [4]',
  )
})

/** First weights `[6, 3]` and `[3, 6]` drawn by an initializer. */
async function drawn(initializer: Initializer): Promise<[Float32Array, Float32Array]> {
  const session = new (native().Session)({ seed: 5 })
  const shapes = [
    [60, 3],
    [3, 60],
  ]
  const states = shapes.map((shape, i) => ({
    name: `${i}`,
    shape,
    trainable: true,
    initializer: resolveInitializer(initializer, shape),
  }))
  session.declare(JSON.stringify(states))
  return [session.read('0'), session.read('1')]
}

test('orthogonal weights have orthonormal columns, or rows where those are fewer', async () => {
  const [tall, wide] = await drawn({ type: 'orthogonal', gain: 2 })
  for (let a = 0; a < 3; a++) {
    for (let b = 0; b < 3; b++) {
      let [columns, rows] = [0, 0]
      for (let i = 0; i < 60; i++) {
        columns += (tall[3 * i + a] ?? 0) * (tall[3 * i + b] ?? 0)
        rows += (wide[60 * a + i] ?? 0) * (wide[60 * b + i] ?? 0)
      }
      expect(columns).toBeCloseTo(a === b ? 4 : 0, 5)
      expect(rows).toBeCloseTo(a === b ? 4 : 0, 5)
    }
  }
})

test('truncated normal weights stay within two deviations', async () => {
  const [values] = await drawn({ type: 'truncatedNormal', mean: 1, deviation: 0.5 })
  expect(Math.max(...values)).toBeLessThanOrEqual(2)
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
  expect(new Set(values).size).toBe(180)
})
