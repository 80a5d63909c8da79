// Padding of sliding windows over sequences, which are handled as images of one row.

import { z } from 'zod'

import { oneOf, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Pair, Tensor } from '../tensor/index.ts'
import { padding2d } from './window.ts'

/**
 * What is added around a sequence: nothing (`valid`), as much as keeps `ceil(time / stride)`
 * (`same`; the odd one goes behind), as much in front as keeps the future out (`causal`), a number
 * on both sides, or `[before, after]`.
 */
export type Padding1d = 'valid' | 'same' | 'causal' | number | Pair

/** The schema of a sequence's padding. */
export const padding1dSchema: z.ZodType<Padding1d, Padding1d> = oneOf(
  '"valid", "same", "causal", a whole number of at least 0, or [before, after]',
  [
    z.literal('valid'),
    z.literal('same'),
    z.literal('causal'),
    wholeNumber(),
    z.tuple([wholeNumber(), wholeNumber()]),
  ],
)

/**
 * The places that a padding adds before and after a sequence.
 *
 * @example
 * ```ts
 * padding1d('causal', { length: 100, size: 3, stride: 1, dilation: 1 }) // [2, 0]
 * ```
 */
export function padding1d(
  padding: Padding1d,
  window: { length: number; size: number; stride: number; dilation: number },
): Pair {
  const { length, size, stride, dilation } = window
  if (padding === 'causal') return [(size - 1) * dilation, 0]
  if (typeof padding === 'object') return padding
  const wide = {
    image: row(length),
    size: row(size),
    stride: row(stride),
    dilation: row(dilation),
  }
  return padding2d(padding, wide)[1]
}

/**
 * Length and channels of a batch of sequences.
 *
 * @throws `AttuneError` `SHAPE` where `x` is not `[batch, time, channels]`.
 * @example
 * ```ts
 * sequenceOf(Tensor.zeros([64, 100, 3]), 'conv1d') // [100, 3]
 * ```
 */
export function sequenceOf(x: Tensor, layer: string): readonly [number, number] {
  const [, time, channels] = x.shape
  if (x.rank === 3 && time !== undefined && channels !== undefined) return [time, channels]
  const message =
    `${layer}: expected sequences [batch, time, channels], got [${x.shape.join(', ')}]: ` +
    'reshape the input to three axes (1 channel for a single signal)'
  throw new AttuneError('SHAPE', here(message))
}

/**
 * Sequences as images of one row: `[batch, time, channels] -> [batch, 1, time, channels]`.
 *
 * @example
 * ```ts
 * asSequence(asImage(x).maxPool2d(window))
 * ```
 */
export function asImage(x: Tensor): Tensor {
  const [batch = 1, ...rest] = x.shape
  return x.reshape([batch, 1, ...rest])
}

/**
 * Images of one row as sequences: `[batch, 1, time, channels] -> [batch, time, channels]`.
 *
 * @example
 * ```ts
 * asSequence(asImage(x).maxPool2d(window))
 * ```
 */
export function asSequence(x: Tensor): Tensor {
  const [batch = 1, , ...rest] = x.shape
  return x.reshape([batch, ...rest])
}

function row(along: number): Pair {
  return [1, along]
}
