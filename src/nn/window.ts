// Sizes, steps and padding of sliding windows over images, as configs and as ops spell them.

import { z } from 'zod'

import { oneOf, show, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Padding2d, Pair, Tensor } from '../tensor/index.ts'

/** One number for height and width, or one each. */
export type Size2d = number | Pair

/**
 * What is added around an image: nothing (`valid`), as much as keeps `ceil(size / stride)`
 * (`same`; the odd one goes below and to the right), a number on every side, or
 * `[[top, bottom], [left, right]]`.
 */
export type Padding = 'valid' | 'same' | number | Padding2d

/** The schema of a window size or step of at least 1. */
export const size2d: z.ZodType<Size2d, Size2d> = oneOf(
  'a whole number of at least 1, or two of them [height, width]',
  [wholeNumber(1), z.tuple([wholeNumber(1), wholeNumber(1)])],
)

const side = z.tuple([wholeNumber(), wholeNumber()], {
  error: ({ input }) => `expected two whole numbers [before, after], got ${show(input)}`,
})

/** The schema of padding. */
export const paddingSchema: z.ZodType<Padding, Padding> = oneOf(
  '"valid", "same", a whole number of at least 0, or [[top, bottom], [left, right]]',
  [z.literal('valid'), z.literal('same'), wholeNumber(), z.tuple([side, side])],
)

/** The schema of a padding in numbers. */
export const sidesSchema: z.ZodType<number | Padding2d, number | Padding2d> = oneOf(
  'a whole number of at least 0, or [[top, bottom], [left, right]]',
  [wholeNumber(), z.tuple([side, side])],
)

/**
 * Height and width of a size.
 *
 * @example
 * ```ts
 * pairOf(3) // [3, 3]
 * ```
 */
export function pairOf(size: Size2d): Pair {
  return typeof size === 'number' ? [size, size] : size
}

/**
 * The rows and columns that a padding adds around an image.
 *
 * @example
 * ```ts
 * padding2d('same', { image: [28, 28], size: [3, 3], stride: [1, 1], dilation: [1, 1] })
 * // [[1, 1], [1, 1]]
 * ```
 */
export function padding2d(
  padding: Padding,
  window: { image: Pair; size: Pair; stride: Pair; dilation: Pair },
): Padding2d {
  if (padding === 'valid') return around(0)
  if (typeof padding === 'number') return around(padding)
  if (padding !== 'same') return padding
  const { image, size, stride, dilation } = window
  return [
    same(image[0], size[0], stride[0], dilation[0]),
    same(image[1], size[1], stride[1], dilation[1]),
  ]
}

/**
 * Height, width and channels of a batch of images.
 *
 * @throws `AttuneError` `SHAPE` where `x` is not `[batch, height, width, channels]`.
 * @example
 * ```ts
 * imageOf(Tensor.zeros([64, 28, 28, 1]), 'conv2d') // [28, 28, 1]
 * ```
 */
export function imageOf(x: Tensor, layer: string): readonly [number, number, number] {
  const [, height, width, channels] = x.shape
  if (x.rank === 4 && height !== undefined && width !== undefined && channels !== undefined) {
    return [height, width, channels]
  }
  const message =
    `${layer}: expected images [batch, height, width, channels], ` +
    `got [${x.shape.join(', ')}]: reshape the input to four axes (1 channel for grey images)`
  throw new AttuneError('SHAPE', here(message))
}

/**
 * Refuses groups that do not divide the channels and filters.
 *
 * @throws `AttuneError` `SHAPE`.
 * @example
 * ```ts
 * checkGroups('conv2d', { groups: 2, channels: 4, filters: 8 })
 * ```
 */
export function checkGroups(
  layer: string,
  { groups, channels, filters }: { groups: number; channels: number; filters: number },
): void {
  if (channels % groups === 0 && filters % groups === 0) return
  const message =
    `${layer}: groups must divide channels and filters: ` +
    `${groups} groups, ${channels} channels, ${filters} filters`
  throw new AttuneError('SHAPE', here(message))
}

function around(size: number): Padding2d {
  return [
    [size, size],
    [size, size],
  ]
}

function same(image: number, size: number, stride: number, dilation: number): Pair {
  const reach = (size - 1) * dilation + 1
  const total = Math.max((Math.ceil(image / stride) - 1) * stride + reach - image, 0)
  const before = Math.floor(total / 2)
  return [before, total - before]
}
