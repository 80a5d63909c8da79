// Timeline: how many steps the epochs of a run take, and the moments that schedules see.

import { rateAt } from '../optim/index.ts'
import type { Moment, Schedule } from '../optim/index.ts'

/** What a timeline is made of. */
export interface TimelineOptions {
  /** The number of training samples. */
  readonly samples: number
  readonly batchSize: number
  /** The epochs of the run. */
  readonly epochs: number
  /** Where the run begins: the steps and epochs that the trainer has done before. */
  readonly from: { readonly step: number; readonly epoch: number }
}

/** The epochs and steps of a run before it runs. */
export class Timeline {
  /** All steps to the end of the run, those that the trainer has done before included. */
  readonly totalSteps: number
  readonly #options: TimelineOptions

  constructor(options: TimelineOptions) {
    this.#options = options
    const { epochs, from } = options
    this.totalSteps = from.step + epochs * this.steps()
  }

  /** The samples of a step; the last one of an epoch has what is left. */
  batch(): number {
    const { batchSize, samples } = this.#options
    return Math.min(batchSize, samples)
  }

  /** The steps of an epoch. */
  steps(): number {
    return Math.ceil(this.#options.samples / this.batch())
  }

  /** The moments of all steps of the run, in order. */
  *moments(): Generator<Moment> {
    const { epochs, from } = this.#options
    let { step } = from
    for (let epoch = from.epoch; epoch < from.epoch + epochs; epoch++) {
      for (let within = 0; within < this.steps(); within++) yield this.moment(step++, epoch, within)
    }
  }

  /**
   * What a schedule sees.
   *
   * @param step counted from 0 since the trainer was made.
   * @param within the steps of this epoch that have gone by.
   */
  moment(step: number, epoch: number, within: number): Moment {
    const stepsPerEpoch = this.steps()
    const { totalSteps } = this
    return { step, epoch: epoch + within / stepsPerEpoch, stepsPerEpoch, totalSteps }
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
