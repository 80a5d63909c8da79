// Errors of the binding as AttuneError.

import { expect, test } from 'vitest'

import { AttuneError, fromNative, guard } from '../../src/errors/index.ts'

test('a known code is kept and the place is put in front, once', () => {
  const thrown = Object.assign(new Error('rank 4 expected'), { code: 'SHAPE' })
  const error = fromNative(thrown, 'layers.0')
  expect(error).toMatchObject({ code: 'SHAPE', message: 'layers.0: rank 4 expected' })
  expect(fromNative(error, 'layers.0').message).toBe('layers.0: rank 4 expected')
})

test('what has no known code is an internal fault', () => {
  const thrown = Object.assign(new Error('odd'), { code: 'ENOENT' })
  expect(fromNative(thrown).code).toBe('INTERNAL')
  expect(fromNative('odd')).toMatchObject({ code: 'INTERNAL', message: 'odd' })
})

test('guard hands the result on and converts what is thrown', () => {
  expect(guard(() => 1)).toBe(1)
  expect(() =>
    guard(() => {
      throw new TypeError('odd')
    }),
  ).toThrow(AttuneError)
})
