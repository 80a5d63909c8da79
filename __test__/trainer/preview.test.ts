// What a trainer shows of its samples: those that training sees, in its order.

import { expect, test } from 'vitest'

import { flip, resolveData, Trainer } from '../../src/index.ts'
import { codeOf, digits } from './small.ts'

test('the samples shown are the first of the epoch, changed as training changes them', async () => {
  const config = { ...digits, shuffle: false, augment: [flip({ horizontal: 1 })] }
  const { x, shape, y, classes } = await new Trainer(config).preview({ samples: 3 })
  const { train } = await resolveData(digits.data, { seed: 1 })
  const pixels = Array.from((train as { column(name: string): ArrayLike<number> }).column('x'))
  const mirrored = Array.from({ length: 3 * 8 }, (_, row) =>
    pixels.slice(row * 8, row * 8 + 8).toReversed(),
  )
  expect(shape).toEqual([3, 8, 8, 1])
  expect(Array.from(x)).toEqual(mirrored.flat())
  expect(y).toHaveLength(3)
  expect(classes).toHaveLength(10)
})

test('epochs show their samples in an order of their own, again and again the same', async () => {
  const trainer = new Trainer(digits)
  const [first, second, again] = [
    await trainer.preview(),
    await trainer.preview({ epoch: 1 }),
    await trainer.preview(),
  ]
  expect(first.x).toEqual(again.x)
  expect(first.x).not.toEqual(second.x)
  expect(first.shape[0]).toBe(16)
})

test('a number of samples that is none is refused, and more than there are is all of them', async () => {
  const trainer = new Trainer(digits)
  expect(await codeOf(() => trainer.preview({ samples: 0 }))).toBe('CONFIG')
  expect(await codeOf(() => trainer.preview({ epoch: 0.5 }))).toBe('CONFIG')
  expect((await trainer.preview({ samples: 1e6 })).shape[0]).toBe(1797 - 359)
})
