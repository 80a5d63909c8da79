// Typed configs: what a bad value is answered with.

import { expect, test } from 'vitest'
import { z } from 'zod'

import { jsonSchema, nearest, number, options, parse, wholeNumber } from '../../src/config/index.ts'
import { AttuneError } from '../../src/errors/index.ts'

const schema = options({
  units: wholeNumber(1),
  learningRate: number({ above: 0 }).default(0.1),
})

function messageOf(value: unknown, where = 'model'): string {
  try {
    parse(schema, value, where)
  } catch (error) {
    if (error instanceof AttuneError && error.code === 'CONFIG') return error.message
    throw error
  }
  throw new Error('nothing was thrown')
}

test('defaults are filled in', () => {
  expect(parse(schema, { units: 3 })).toEqual({ units: 3, learningRate: 0.1 })
})

test.each([0, 1.5, Number.NaN, 2 ** 53, Infinity, -1, '3', null, undefined])(
  'a count of %s is refused with what was expected and what came',
  (units) => {
    expect(messageOf({ units })).toMatch(
      /^model\.units: expected a whole number of at least 1, got \S+/,
    )
  },
)

test('each problem is listed once, under its path', () => {
  expect(messageOf({ units: 0.5, learningRate: -1 }).split('\n')).toEqual([
    'model.units: expected a whole number of at least 1, got 0.5',
    'model.learningRate: expected a number above 0, got -1',
  ])
})

test('an unknown option is answered with the nearest known one', () => {
  expect(messageOf({ units: 1, learningrate: 1 })).toBe(
    'model: unknown option `learningrate`; did you mean `learningRate`?',
  )
  expect(messageOf({ units: 1, colour: 1 })).toBe(
    'model: unknown option `colour`; the options are units, learningRate',
  )
})

test('something else than an object is refused', () => {
  expect(messageOf([1, 2])).toBe('model: expected an object, got [1,2]')
})

test('the nearest name ignores case and separators and knows when nothing is near', () => {
  expect(nearest('learning_rate', ['momentum', 'learningRate'])).toBe('learningRate')
  expect(nearest('momentun', ['momentum', 'learningRate'])).toBe('momentum')
  expect(nearest('banana', ['momentum', 'learningRate'])).toBeUndefined()
})

test('the JSON Schema says what may be left out and what range holds', () => {
  expect(jsonSchema(schema)).toMatchObject({
    required: ['units'],
    additionalProperties: false,
    properties: { units: { type: 'integer', minimum: 1 }, learningRate: { exclusiveMinimum: 0 } },
  })
})

test('a nested problem carries the whole path', () => {
  const outer = options({ layers: z.array(schema) })
  expect(() => parse(outer, { layers: [{ units: 1 }, { units: 1.5 }] }, 'model')).toThrow(
    'model.layers.1.units: expected a whole number of at least 1, got 1.5',
  )
})
