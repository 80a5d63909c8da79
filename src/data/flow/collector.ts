// Collecting: samples read one by one into native columns, bad ones refused or left out.

import { AttuneError, fromNative, guard } from '../../errors/index.ts'
import type { NativeDataSet } from '../../native.ts'
import type { DType } from '../../tensor/index.ts'
import type { Skipped } from '../define.ts'
import type { OnBadSample } from '../on-bad-sample.ts'
import { Gathered, kindOf } from './gathered.ts'
import type { Kind, Sample } from './gathered.ts'

/** What is asked of samples. */
export interface Wanted {
  readonly shape?: readonly number[] | undefined
  readonly targetType?: DType | undefined
  readonly classes?: readonly string[] | undefined
  readonly onBadSample: OnBadSample
}

/** Reads samples that are all like the first one. */
export class Collector {
  /** What was left out, with the reasons. */
  readonly skipped: Skipped[] = []
  readonly #wanted: Wanted
  #kind: Kind | undefined

  constructor(wanted: Wanted) {
    this.#wanted = wanted
  }

  /** What the first sample is like; undefined before it was read. */
  get kind(): Kind | undefined {
    return this.#kind
  }

  /** All samples of a pass. */
  async all(values: AsyncIterable<Sample>): Promise<NativeDataSet> {
    const { samples, read } = await this.some(values[Symbol.asyncIterator](), Infinity, 0)
    if (samples !== undefined) return samples
    const came = read === 0 ? 'none' : `${read} that could not be used`
    throw new AttuneError('DATA', `expected at least one sample, got ${came}`)
  }

  /**
   * The next `count` samples that can be used, or as many as there are.
   *
   * @param from the number of the first, for messages.
   */
  async some(
    values: AsyncIterator<Sample>,
    count: number,
    from: number,
  ): Promise<{ samples: NativeDataSet | undefined; good: number; read: number }> {
    let gathered: Gathered | undefined
    let read = 0
    while ((gathered?.length ?? 0) < count) {
      const next = await values.next()
      if (next.done === true) break
      const number = from + read++
      try {
        gathered ??= new Gathered(this.kindLike(next.value, number))
        gathered.add(next.value, number)
      } catch (error) {
        if (this.#wanted.onBadSample === 'error') throw error
        this.#leaveOut(error, number)
      }
    }
    const { classes } = this.#wanted
    const samples = guard(() => gathered?.dataSet())
    if (classes !== undefined) guard(() => samples?.checkLabels('y', classes.length))
    return { samples, good: gathered?.length ?? 0, read }
  }

  /** The kind of all samples, which the first one decides. */
  kindLike(sample: Sample, number: number): Kind {
    const { shape, targetType } = this.#wanted
    this.#kind ??= guard(() => kindOf(sample, shape, targetType), `sample ${number}`)
    return this.#kind
  }

  #leaveOut(error: unknown, number: number): void {
    const reason = fromNative(error).message.replace(`sample ${number}: `, '')
    this.skipped.push({ sample: `sample ${number}`, reason })
  }
}
