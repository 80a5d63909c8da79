// EventQueue: hands events from a run to one `for await` loop.

/** Events that may wait for the loop before the run waits for it. */
const capacity = 65_536

/** Events on their way to an iterator; they are dropped as long as nobody iterates. */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  readonly #waiting: T[] = []
  readonly #onReturn: () => void
  #read = 0
  #attached = false
  #ended = false
  #error: unknown
  #wake: (() => void) | undefined
  #drained: (() => void) | undefined

  /** @param onReturn called when the loop is left early. */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn
  }

  /** Whether a loop takes the events. */
  get attached(): boolean {
    return this.#attached
  }

  push(event: T): void {
    if (!this.#attached || this.#ended) return
    this.#waiting.push(event)
    this.#wake?.()
  }

  /** Resolves when the loop lags by less than the queue holds. */
  async room(): Promise<void> {
    while (this.#attached && this.#waiting.length - this.#read >= capacity) {
      await new Promise<void>((resolve) => (this.#drained = resolve))
    }
  }

  /** No event follows; the loop ends, or throws `error`. */
  end(error?: unknown): void {
    this.#ended = true
    this.#error = error
    this.#wake?.()
  }

  [Symbol.asyncIterator](): this {
    this.#attached = true
    return this
  }

  async next(): Promise<IteratorResult<T>> {
    for (;;) {
      const event = this.#waiting[this.#read]
      if (this.#read < this.#waiting.length) {
        this.#advance()
        return { done: false, value: event as T }
      }
      if (this.#ended) break
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    const error = this.#error
    this.#error = undefined
    if (error !== undefined) throw error
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<T>> {
    this.#attached = false
    this.#waiting.length = 0
    this.#read = 0
    this.#drained?.()
    if (!this.#ended) this.#onReturn()
    return { done: true, value: undefined }
  }

  #advance(): void {
    this.#read += 1
    if (this.#read < this.#waiting.length) return
    this.#waiting.length = 0
    this.#read = 0
    this.#drained?.()
  }
}
