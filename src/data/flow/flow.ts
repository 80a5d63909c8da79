// Flow: samples that pass through functions of one's own, the same in every run of a seed.

import { AttuneError } from '../../errors/index.ts'
import { randomAt } from '../../tensor/index.ts'

/** Values one after another, at once or as promises. */
export type Feed<T> = Iterable<T> | AsyncIterable<T>

/** Where a value stands; what is drawn from it depends on nothing else. */
export interface Place {
  /** The epoch, from 0. */
  readonly epoch: number
  /** The place of the value among those that came to this stage, from 0. */
  readonly index: number
  /** The next of this value's random numbers, from 0 on and below 1. */
  readonly random: () => number
}

/** One pass through the values. */
export interface Pass {
  readonly seed: number
  readonly epoch: number
}

/** What a function of a flow has taken. */
export interface StageCost {
  /** `map` or `filter`, and the name of the function where it has one. */
  readonly stage: string
  readonly calls: number
  readonly milliseconds: number
}

/** A stage's running cost. */
interface Meter {
  readonly stage: string
  calls: number
  milliseconds: number
}

type Begin<T> = (pass: Pass) => AsyncIterable<T>

/**
 * Samples on their way: every method gives a new flow, nothing runs until the flow is read, and no
 * more is read than is asked for. Functions see each value in order, so that a flow is the same for
 * a seed and an epoch, and a run that was interrupted goes on in it.
 *
 * @example
 * ```ts
 * const lines = flow(readLines('words.txt'))
 *   .filter((line) => line !== '')
 *   .map((line) => ({ x: encode(line), y: line.length }))
 *   .shuffle({ buffer: 1000 })
 * ```
 */
export class Flow<T> implements AsyncIterable<T> {
  readonly #begin: Begin<T>
  readonly #meters: readonly Meter[]

  /** @internal */
  constructor(begin: Begin<T>, meters: readonly Meter[]) {
    this.#begin = begin
    this.#meters = meters
  }

  /** The values of an epoch. Default: the first, of seed 0. */
  epoch({ seed = 0, epoch = 0 }: Partial<Pass> = {}): AsyncIterable<T> {
    return this.#begin({ seed, epoch })
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.epoch()[Symbol.asyncIterator]()
  }

  /**
   * What `change` makes of each value.
   *
   * @param options.ahead how many promises of `change` may be under way; the order stays. Default: 1.
   */
  map<U>(
    change: (value: T, place: Place) => U | Promise<U>,
    { ahead = 1 }: { readonly ahead?: number } = {},
  ): Flow<U> {
    requireWhole('map.ahead', ahead)
    const meter = meterOf('map', change)
    const stage = this.#meters.length
    const begin: Begin<U> = async function* (this: Flow<T>, pass: Pass) {
      const waiting: Promise<U>[] = []
      let index = 0
      try {
        for await (const value of this.#begin(pass)) {
          const place = placeOf(pass, stage, index++)
          const made = measured(meter, async () => change(value, place))
          made.catch(() => undefined) // whoever takes it is told
          waiting.push(made)
          if (waiting.length >= ahead) yield (await waiting.shift()) as U
        }
        while (waiting.length > 0) yield (await waiting.shift()) as U
      } finally {
        await Promise.allSettled(waiting)
      }
    }.bind(this)
    return new Flow(begin, [...this.#meters, meter])
  }

  /** The values that `keeps` answers with true. */
  filter(keeps: (value: T, place: Place) => boolean | Promise<boolean>): Flow<T> {
    const meter = meterOf('filter', keeps)
    const stage = this.#meters.length
    const begin: Begin<T> = async function* (this: Flow<T>, pass: Pass) {
      let index = 0
      for await (const value of this.#begin(pass)) {
        const place = placeOf(pass, stage, index++)
        if (await measured(meter, async () => keeps(value, place))) yield value
      }
    }.bind(this)
    return new Flow(begin, [...this.#meters, meter])
  }

  /**
   * The values in an order of the epoch's own: each is drawn from `buffer` values, and the next takes
   * its place. A buffer of all values shuffles them evenly.
   */
  shuffle({ buffer }: { readonly buffer: number }): Flow<T> {
    requireWhole('shuffle.buffer', buffer)
    const stage = this.#meters.length
    const begin: Begin<T> = async function* (this: Flow<T>, pass: Pass) {
      const random = randomAt(pass.seed, [pass.epoch, stage, 1])
      const held: T[] = []
      const draw = (): number => Math.floor(random() * held.length)
      for await (const value of this.#begin(pass)) {
        if (held.length < buffer) {
          held.push(value)
          continue
        }
        const at = draw()
        yield held[at] as T
        held[at] = value
      }
      while (held.length > 0) yield held.splice(draw(), 1)[0] as T
    }.bind(this)
    return new Flow(begin, this.#meters)
  }

  /**
   * Arrays of `size` values; what is left at the end is a smaller one.
   *
   * @param options.dropLast whether a smaller one is left out. Default: false.
   */
  batch(size: number, { dropLast = false }: { readonly dropLast?: boolean } = {}): Flow<T[]> {
    requireWhole('batch.size', size)
    const begin: Begin<T[]> = async function* (this: Flow<T>, pass: Pass) {
      let batch: T[] = []
      for await (const value of this.#begin(pass)) {
        batch.push(value)
        if (batch.length < size) continue
        yield batch
        batch = []
      }
      if (batch.length > 0 && !dropLast) yield batch
    }.bind(this)
    return new Flow(begin, this.#meters)
  }

  /**
   * Keeps what the first whole pass gave in memory, in the order it came, and gives it to every later
   * one: what stands before is read once, and changes of its own in every epoch belong after it.
   */
  cache(): Flow<T> {
    let kept: readonly T[] | undefined
    const begin: Begin<T> = async function* (this: Flow<T>, pass: Pass) {
      if (kept !== undefined) return yield* kept
      const all: T[] = []
      for await (const value of this.#begin({ ...pass, epoch: 0 })) {
        all.push(value)
        yield value
      }
      kept = all
    }.bind(this)
    return new Flow(begin, this.#meters)
  }

  /** Reads up to `count` values before they are asked for, and then waits. */
  prefetch(count: number): Flow<T> {
    requireWhole('prefetch.count', count)
    const begin: Begin<T> = async function* (this: Flow<T>, pass: Pass) {
      const values = this.#begin(pass)[Symbol.asyncIterator]()
      const waiting: Promise<IteratorResult<T>>[] = []
      const ask = (): void => {
        const next = values.next()
        next.catch(() => undefined) // whoever takes it is told
        waiting.push(next)
      }
      try {
        while (waiting.length < count) ask()
        for (;;) {
          const next = await (waiting.shift() as Promise<IteratorResult<T>>)
          if (next.done === true) return
          ask()
          yield next.value
        }
      } finally {
        await Promise.allSettled(waiting)
        await values.return?.()
      }
    }.bind(this)
    return new Flow(begin, this.#meters)
  }

  /** What the functions of this flow have taken since it was made, in their order. */
  costs(): StageCost[] {
    return this.#meters.map((meter) => ({ ...meter }))
  }
}

/**
 * A flow of values: of an array, of anything that can be iterated over, or of what a function gives
 * for each epoch. What can be iterated over only once, such as a generator, is one epoch long:
 * `cache()` keeps it, or a function begins it anew.
 *
 * @example
 * ```ts
 * const squares = flow([1, 2, 3]).map((x) => x * x)
 * for await (const value of squares) console.log(value)
 * ```
 */
export function flow<T>(source: Feed<T> | ((pass: Pass) => Feed<T>)): Flow<T> {
  let used: unknown
  return new Flow(async function* (pass) {
    const feed = typeof source === 'function' ? source(pass) : source
    const isOnce = typeof (feed as { next?: unknown }).next === 'function'
    if (isOnce && feed === used) {
      const message =
        'flow: the source can be read only once, and a second epoch was asked for: ' +
        'add `.cache()`, or give a function that begins it anew'
      throw new AttuneError('DATA', message)
    }
    used = feed
    yield* feed
  }, [])
}

function meterOf(kind: string, stage: { readonly name: string }): Meter {
  return { stage: stage.name === '' ? kind : `${kind} ${stage.name}`, calls: 0, milliseconds: 0 }
}

/** Runs a stage's function and adds what it took. */
async function measured<U>(meter: Meter, body: () => Promise<U>): Promise<U> {
  const began = performance.now()
  try {
    return await body()
  } finally {
    meter.calls += 1
    meter.milliseconds += performance.now() - began
  }
}

function placeOf({ seed, epoch }: Pass, stage: number, index: number): Place {
  let random: (() => number) | undefined
  return {
    epoch,
    index,
    random: () => (random ??= randomAt(seed, [epoch, stage, index]))(),
  }
}

function requireWhole(what: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return
  throw new AttuneError(
    'CONFIG',
    `flow: ${what}: expected a whole number of at least 1, got ${value}`,
  )
}
