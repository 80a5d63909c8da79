// Engine: a native session whose calls wait for one another, as promises.

import { fromNative, guard } from '../errors/index.ts'
import { native } from '../native.ts'
import type { NativeSession, RunRequest, RunResult, SessionOptions } from '../native.ts'

/**
 * A native session. A run takes native threads; what is asked for meanwhile waits for its end, so
 * `predict` is answered between two calls of a training that goes on.
 */
export class Engine {
  readonly #session: NativeSession
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: SessionOptions) {
    this.#session = guard(() => new (native().Session)(options))
  }

  /** Runs steps of a program; the signal ends it after the step it is in. */
  run(program: number, request: RunRequest, signal?: AbortSignal): Promise<RunResult> {
    return this.#inTurn(
      (session) =>
        new Promise((resolve, reject) => {
          const cancel = (): void => session.cancel()
          session.run(program, request, (error, result) => {
            signal?.removeEventListener('abort', cancel)
            if (result === null) reject(error ?? new Error('the run gave nothing'))
            else resolve(result)
          })
          signal?.addEventListener('abort', cancel)
          if (signal?.aborted === true) cancel()
        }),
    )
  }

  /** Uses the session while nothing runs. */
  use<T>(body: (session: NativeSession) => T): Promise<T> {
    return this.#inTurn(async (session) => body(session))
  }

  async #inTurn<T>(body: (session: NativeSession) => Promise<T>): Promise<T> {
    const before = this.#last
    const turn = (async () => {
      await before
      try {
        return await body(this.#session)
      } catch (error) {
        throw fromNative(error)
      }
    })()
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
