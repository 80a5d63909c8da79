// The batch schedule `batchSequence`: sizes one after another, each for some epochs.

import { z } from 'zod'

import { oneOf, options, show, wholeNumber } from '../config/index.ts'

/** A part of a `batchSequence`. */
export interface BatchPart {
  /** The samples of a step, at least 1, or `all`. */
  readonly size: number | 'all'
  /** How many epochs it lasts, at least 1; the last part goes on, and may leave this out. */
  readonly epochs?: number | undefined
}

/** Batch sizes one after another. */
export interface BatchSequenceConfig {
  readonly type: 'batchSequence'
  readonly parts: readonly BatchPart[]
}

/**
 * Batch sizes one after another.
 *
 * @param parts at least one; all but the last say how many epochs they last.
 * @example
 * ```ts
 * const batchSize = batchSequence([{ size: 32, epochs: 5 }, { size: 128, epochs: 5 }, { size: 'all' }])
 * ```
 */
export function batchSequence(parts: readonly BatchPart[]): BatchSequenceConfig {
  return { type: 'batchSequence', parts }
}

const error = ({ input }: { input?: unknown }): string =>
  `expected an array of at least one part such as { size, epochs }, got ${show(input)}`

const part = options({
  size: oneOf('a whole number of at least 1, or "all"', [wholeNumber(1), z.literal('all')]),
  epochs: wholeNumber(1).optional(),
})

/** The schema of `batchSequence`. */
export const batchSequenceSchema: z.ZodType<BatchSequenceConfig, BatchSequenceConfig> = options({
  type: z.literal('batchSequence'),
  parts: z
    .array(part, { error })
    .min(1, { error })
    .superRefine((parts, context) => {
      parts.slice(0, -1).forEach(({ epochs }, i) => {
        if (epochs !== undefined) return
        const message = 'expected how many epochs this part lasts, for another one follows it'
        context.addIssue({ code: 'custom', path: [i, 'epochs'], message })
      })
    }),
})

/**
 * The size in an epoch counted from 0.
 *
 * @example
 * ```ts
 * sequencedBatch(batchSequence([{ size: 32, epochs: 5 }, { size: 'all' }]), 5) // 'all'
 * ```
 */
export function sequencedBatch({ parts }: BatchSequenceConfig, epoch: number): number | 'all' {
  let end = 0
  const found = parts.find(({ epochs = Infinity }) => epoch < (end += epochs)) ?? parts.at(-1)
  return found?.size ?? 'all'
}
