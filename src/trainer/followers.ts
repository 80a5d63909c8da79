// Followers: the callbacks of a run, asked in their order and told of its events.

import type { Callback, Decision, TrainingEvent, TrainingState } from '../callbacks/index.ts'
import type { CallbackMemory } from './position.ts'

/** A callback and the type that results name it by. */
export interface Follower {
  readonly type: string
  readonly callback: Callback
}

/** What callbacks are asked. */
export type Hook = 'onStart' | 'onStep' | 'onValidation' | 'onEpoch' | 'onDiverged' | 'onEnd'

/** The callbacks of a run. */
export class Followers {
  /** Whether any of them wants to know of events. */
  readonly hear: boolean
  readonly #all: readonly Follower[]
  #untold: TrainingEvent[] = []

  constructor(all: readonly Follower[]) {
    this.#all = all
    this.hear = all.some(({ callback }) => callback.onEvents !== undefined)
  }

  /** The most steps until one of them wants to be asked, at least 1. */
  stepsUntil(state: () => TrainingState): number {
    const stepwise = this.#all.filter(({ callback }) => callback.onStep !== undefined)
    const wanted = stepwise.map(({ callback }) =>
      callback.stepsUntil === undefined ? 1 : callback.stepsUntil(state()),
    )
    return Math.max(1, Math.min(Infinity, ...wanted))
  }

  /** What they decide, each asked when the decision before has been carried out. */
  async *ask(
    hook: Hook,
    state: () => TrainingState,
  ): AsyncGenerator<{ readonly type: string; readonly decision: Decision }> {
    for (const { type, callback } of this.#all) {
      const decision = await callback[hook]?.(state())
      if (decision) yield { type, decision }
    }
  }

  /** What each of them remembers; null for one that remembers nothing. */
  states(): CallbackMemory[] {
    return this.#all.map(({ type, callback }) => ({ type, state: callback.state?.() ?? null }))
  }

  /** Lets those take up what they remembered that stand where one of their type stood then. */
  restore(memories: readonly CallbackMemory[]): void {
    this.#all.forEach(({ type, callback }, i) => {
      const memory = memories[i]
      if (memory?.type === type && memory.state !== null) callback.restore?.(memory.state)
    })
  }

  /** Keeps an event until they are told. */
  note(event: TrainingEvent): void {
    if (this.hear) this.#untold.push(event)
  }

  /** Tells what was kept. */
  async tell(): Promise<void> {
    const events = this.#untold
    if (events.length === 0) return
    this.#untold = []
    for (const { callback } of this.#all) await callback.onEvents?.(events)
  }
}
