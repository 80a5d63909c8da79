// Batch sizes: a number, all samples, a schedule by the epoch, or one that follows the gradient's noise.

import { z } from 'zod'

import { oneOf, union, wholeNumber } from '../config/index.ts'
import { adaptiveBatchSchema } from './adaptive-batch.ts'
import type { AdaptiveBatchConfig } from './adaptive-batch.ts'
import { batchSequenceSchema, sequencedBatch } from './batch-sequence.ts'
import type { BatchSequenceConfig } from './batch-sequence.ts'
import { grownBatch, growingBatchSchema } from './growing-batch.ts'
import type { GrowingBatchConfig } from './growing-batch.ts'

/** Every batch schedule by its type. */
export interface BatchSchedules {
  adaptiveBatch: AdaptiveBatchConfig
  batchSequence: BatchSequenceConfig
  growingBatch: GrowingBatchConfig
}

/** A batch size by the epoch. */
export type BatchSchedule = BatchSchedules[keyof BatchSchedules]

/** The samples of a step: a number, `all` (gradient descent on the full batch), or a schedule. */
export type BatchSize = number | 'all' | BatchSchedule

const schedules: { readonly [Type in keyof BatchSchedules]: z.ZodType<BatchSchedules[Type]> } = {
  adaptiveBatch: adaptiveBatchSchema,
  batchSequence: batchSequenceSchema,
  growingBatch: growingBatchSchema,
}

/** The schema of a batch size. */
export const batchSizeSchema: z.ZodType<BatchSize, BatchSize> = oneOf(
  'a whole number of at least 1, "all" or a batch schedule',
  [wholeNumber(1), z.literal('all'), union<BatchSchedule>('batch schedule', schedules)],
)

/**
 * The samples of a step in an epoch; of `adaptiveBatch` the first ones.
 *
 * @param epoch counted from 0.
 * @param samples how many there are to train on; no batch is larger.
 * @example
 * ```ts
 * batchSizeAt(growingBatch({ initial: 32 }), 1, 1438) // 64
 * ```
 */
export function batchSizeAt(size: BatchSize, epoch: number, samples: number): number {
  const found = typeof size === 'object' ? scheduled(size, epoch) : size
  return found === 'all' ? samples : Math.min(found, samples)
}

/**
 * The most samples that a step may have.
 *
 * @param epochs the first epochs of stretches in which the size stays.
 * @example
 * ```ts
 * largestBatch(growingBatch({ initial: 32 }), [0, 1], 1438) // 64
 * ```
 */
export function largestBatch(size: BatchSize, epochs: readonly number[], samples: number): number {
  if (typeof size === 'object' && size.type === 'adaptiveBatch') return Math.min(size.max, samples)
  return Math.max(...epochs.map((epoch) => batchSizeAt(size, epoch, samples)))
}

/**
 * The epochs, counted from 0 and rising, at which the size may change; the first one is 0.
 *
 * @example
 * ```ts
 * batchChanges(growingBatch({ initial: 32, every: 5, max: 100 }), 1438) // [0, 5, 10]
 * ```
 */
export function batchChanges(size: BatchSize, samples: number): number[] {
  const changes = [0]
  if (typeof size !== 'object') return changes
  let epoch = 0
  if (size.type === 'batchSequence') {
    for (const { epochs = 0 } of size.parts.slice(0, -1)) changes.push((epoch += epochs))
    return changes
  }
  if (size.type === 'adaptiveBatch') return changes
  const most = batchSizeAt(size, Infinity, samples)
  while (batchSizeAt(size, epoch, samples) < most) changes.push((epoch += size.every ?? 1))
  return changes
}

function scheduled(size: BatchSchedule, epoch: number): number | 'all' {
  switch (size.type) {
    case 'adaptiveBatch':
      return size.initial
    case 'batchSequence':
      return sequencedBatch(size, epoch)
    case 'growingBatch':
      return grownBatch(size, epoch)
  }
}
