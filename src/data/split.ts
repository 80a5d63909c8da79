// The samples kept aside for validation: how many, and which.

import { z } from 'zod'

import { choice, show } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { NativeDataSet } from '../native.ts'

/** Where the samples for validation are taken from. */
export type ValidationFrom = 'first' | 'last' | 'random'

/** The samples that a run trains on, and those it only measures with. */
export interface Split {
  readonly train: NativeDataSet
  readonly validation: NativeDataSet | undefined
}

const size = 'expected a fraction from 0 to below 1, or a whole number of samples'

/** The schema of `validation`. */
export const validationSize: z.ZodType<number, number> = z
  .number({ error: ({ input }) => `${size}, got ${show(input)}` })
  .refine((value) => value >= 0 && (value < 1 || Number.isSafeInteger(value)), {
    error: ({ input }) => `${size}, got ${show(input)}`,
  })

/** The schema of `validationFrom`. */
export const validationFrom: z.ZodType<ValidationFrom, ValidationFrom> = choice([
  'first',
  'last',
  'random',
])

/**
 * Takes samples for validation out of `samples`; `random` draws them by `seed` alone.
 *
 * @param size a fraction below 1, rounded to whole samples, or a number of samples.
 * @param where the config path of the data, for messages.
 * @throws `AttuneError` `CONFIG` where nothing would be left to train on.
 * @example
 * ```ts
 * const { train, validation } = splitOff(samples, 0.2, 'random', 0, 'data')
 * ```
 */
export function splitOff(
  samples: NativeDataSet,
  size: number,
  from: ValidationFrom,
  seed: number,
  where: string,
): Split {
  const count = size < 1 ? Math.round(samples.length * size) : size
  if (count === 0) return { train: samples, validation: undefined }
  if (count >= samples.length) {
    const place = `${where}.validation`
    const message = `${place}: expected fewer than all ${samples.length} samples, got ${count}`
    throw new AttuneError('CONFIG', `${message}: leave some to train on`)
  }
  if (from === 'last') {
    const [train, validation] = samples.splitAt(samples.length - count)
    return { train, validation }
  }
  const [validation, train] =
    from === 'first' ? samples.splitAt(count) : samples.splitRandom(count, seed)
  return { train, validation }
}
