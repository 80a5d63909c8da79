// Samples of one's own, read as steps need them.

import { AttuneError } from '../../errors/index.ts'
import type { NativeDataSet } from '../../native.ts'
import type { BlockRequest, Blocks } from '../blocks.ts'
import type { Collector } from './collector.ts'
import type { Flow } from './flow.ts'
import { bytesOf } from './gathered.ts'
import type { Kind, Sample } from './gathered.ts'

/** A pass that is being read. */
interface Reading {
  readonly epoch: number
  readonly values: AsyncIterator<Sample>
  /** Samples given so far, and those read with the ones that were left out. */
  given: number
  read: number
}

/** A flow as the training part of a run. */
export class StreamedSamples implements Blocks {
  readonly length: number
  readonly sampleBytes: number
  /** What all samples are like. */
  readonly kind: Kind
  readonly #flow: Flow<Sample>
  readonly #seed: number
  readonly #collector: Collector
  #reading: Reading
  #last: Promise<unknown> = Promise.resolve()

  private constructor(
    flow: Flow<Sample>,
    length: number,
    seed: number,
    collector: Collector,
    first: { readonly reading: Reading; readonly kind: Kind },
  ) {
    this.#flow = flow
    this.length = length
    this.kind = first.kind
    this.sampleBytes = bytesOf(first.kind)
    this.#seed = seed
    this.#collector = collector
    this.#reading = first.reading
  }

  /** Reads the first sample, which says what all others must be like. */
  static async open(
    flow: Flow<Sample>,
    length: number,
    seed: number,
    collector: Collector,
  ): Promise<StreamedSamples> {
    const values = flow.epoch({ seed })[Symbol.asyncIterator]()
    const first = await values.next()
    if (first.done === true) {
      throw new AttuneError('DATA', 'expected at least one sample, got none')
    }
    const kind = collector.kindLike(first.value, 0)
    const reading = { epoch: 0, values: ledBy(first, values), given: 0, read: 0 }
    return new StreamedSamples(flow, length, seed, collector, { reading, kind })
  }

  load(request: BlockRequest): Promise<NativeDataSet> {
    const turn = this.#last.then(() => this.#load(request))
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #load({ epoch, first, count }: BlockRequest): Promise<NativeDataSet> {
    if (this.#reading.epoch !== epoch || this.#reading.given > first) {
      await this.#reading.values.return?.()
      const values = this.#flow.epoch({ seed: this.#seed, epoch })[Symbol.asyncIterator]()
      this.#reading = { epoch, values, given: 0, read: 0 }
    }
    const left = first - this.#reading.given
    if (left > 0) await this.#read(left)
    return this.#read(count)
  }

  async #read(count: number): Promise<NativeDataSet> {
    const reading = this.#reading
    const { samples, good, read } = await this.#collector.some(reading.values, count, reading.read)
    reading.given += good
    reading.read += read
    if (samples !== undefined && good === count) return samples
    const message =
      `epoch ${reading.epoch + 1}: expected ${this.length} samples, got ${reading.given}: ` +
      'set `samples` to what an epoch has, or begin the source anew for each epoch'
    throw new AttuneError('DATA', message)
  }
}

/** An iterator with a value before all others. */
function ledBy<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncIterator<T> {
  let held: IteratorResult<T> | undefined = first
  return {
    next: async () => {
      const given = held
      held = undefined
      return given ?? rest.next()
    },
    return: async () => (await rest.return?.()) ?? { done: true, value: undefined },
  }
}
