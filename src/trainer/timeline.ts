// Timeline: how many steps the epochs of a run take, and the moments that schedules see.

import { batchChanges, batchSizeAt, largestBatch } from '../data/index.ts'
import type { BatchSize } from '../data/index.ts'
import { rateAt } from '../optim/index.ts'
import type { Moment, Schedule } from '../optim/index.ts'

/** What a timeline is made of. */
export interface TimelineOptions {
  /** The number of training samples. */
  readonly samples: number
  readonly batchSize: BatchSize
  /** Batches of a step. Default: 1. */
  readonly accumulate?: number
  /** The epochs of the run. */
  readonly epochs: number
  /** Where the run begins: the steps and epochs that the trainer has done before. */
  readonly from: {
    readonly step: number
    readonly epoch: number
    /** Samples done of the last epoch begun, where it is not over. Default: 0. */
    readonly row?: number
    /** Of `adaptiveBatch`, where it has grown. */
    readonly batch?: { readonly size: number } | undefined
  }
}

/** The epochs and steps of a run before it runs. */
export class Timeline {
  /** All steps to the end of the run, those that the trainer has done before included. */
  readonly totalSteps: number
  readonly #options: TimelineOptions
  /** The epoch that comes first, or goes on. */
  readonly #first: number

  constructor(options: TimelineOptions) {
    this.#options = options
    const { epoch, row = 0, step } = options.from
    this.#first = row > 0 ? epoch - 1 : epoch
    this.totalSteps = step + this.#steps()
  }

  /** The samples of a batch in an epoch counted from 0; the last batch of an epoch has what is left. */
  batch(epoch: number): number {
    const { batchSize, samples, from } = this.#options
    const isAdaptive = typeof batchSize === 'object' && batchSize.type === 'adaptiveBatch'
    return batchSizeAt((isAdaptive ? from.batch?.size : undefined) ?? batchSize, epoch, samples)
  }

  /** The steps of an epoch. */
  steps(epoch: number): number {
    const { samples, accumulate = 1 } = this.#options
    return Math.ceil(samples / (this.batch(epoch) * accumulate))
  }

  /** The most samples that a batch of the run has. */
  largestBatch(): number {
    const { batchSize, samples } = this.#options
    const begins = this.#stretches().map(({ epoch }) => epoch)
    return largestBatch(batchSize, begins, samples)
  }

  /** The moments of all steps of the run, in order. */
  *moments(): Generator<Moment> {
    const { epochs, from } = this.#options
    let { step } = from
    let within = this.#done()
    for (let epoch = this.#first; epoch < this.#first + epochs; epoch++) {
      for (; within < this.steps(epoch); within++) yield this.moment(step++, epoch, within)
      within = 0
    }
  }

  /**
   * What a schedule sees.
   *
   * @param step counted from 0 since the trainer was made.
   * @param within the steps of this epoch that have gone by.
   */
  moment(step: number, epoch: number, within: number): Moment {
    const stepsPerEpoch = this.steps(epoch)
    const { totalSteps } = this
    return { step, epoch: epoch + within / stepsPerEpoch, stepsPerEpoch, totalSteps }
  }

  /** The stretches of the run in which the batch stays as it is; at least one. */
  #stretches(): { readonly epoch: number; readonly epochs: number }[] {
    const { batchSize, samples, epochs } = this.#options
    const end = this.#first + epochs
    const inside = batchChanges(batchSize, samples).filter((at) => at > this.#first && at < end)
    const begins = [this.#first, ...inside]
    return begins.map((epoch, i) => ({ epoch, epochs: (begins[i + 1] ?? end) - epoch }))
  }

  #steps(): number {
    const all = this.#stretches().map(({ epoch, epochs }) => epochs * this.steps(epoch))
    return all.reduce((sum, steps) => sum + steps, -this.#done())
  }

  /** The steps of the first epoch that are done. */
  #done(): number {
    const { from, accumulate = 1 } = this.#options
    return Math.floor((from.row ?? 0) / (this.batch(this.#first) * accumulate))
  }
}

/**
 * The rate of each step of a run.
 *
 * @example
 * ```ts
 * const rates = learningRates(cosine({ initial: 0.1 }), timeline)
 * ```
 */
export function learningRates(schedule: number | Schedule, timeline: Timeline): Float64Array {
  return Float64Array.from(timeline.moments(), (moment) => rateAt(schedule, moment))
}
