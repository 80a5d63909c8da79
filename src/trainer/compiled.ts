// Programs of a trainer, compiled when they are first needed and kept.

import type { Engine } from './engine.ts'
import {
  traceBatch,
  traceGradients,
  traceMeasuring,
  traceNext,
  tracePrediction,
  traceTraining,
} from './programs.ts'
import type { Parts, Traced } from './programs.ts'

/** A program that can run. */
export interface Program extends Traced {
  readonly id: number
}

/** What a program does. */
export type Kind = 'train' | 'batch' | 'gradients' | 'measure' | 'next' | 'predict'

const traces: Readonly<Record<Kind, (parts: Parts, batch: number) => Traced>> = {
  train: traceTraining,
  batch: traceBatch,
  gradients: traceGradients,
  measure: traceMeasuring,
  next: traceNext,
  predict: tracePrediction,
}

/** Programs kept; the least recently used one is released beyond that. */
const capacity = 16

/** The compiled programs of a trainer, by kind, batch size and shape of inputs. */
export class Programs {
  readonly parts: Parts
  readonly #engine: Engine
  readonly #known = new Map<string, Promise<Program>>()

  constructor(parts: Parts, engine: Engine) {
    this.parts = parts
    this.#engine = engine
  }

  /** Makes the states of the model with their first values, unless they exist. */
  async declare(): Promise<void> {
    const { states } = tracePrediction(this.parts, 1, 'train')
    const others = tracePrediction(this.parts, 1, 'eval').states
    const json = [states, others].map((list) => JSON.stringify(list))
    await this.#engine.use((session) => json.forEach((list) => session.declare(list)))
  }

  /** Makes the states of the optimizer, which come with the first program that trains. */
  async declareOptimizer(): Promise<void> {
    const { states } = tracePrediction(this.parts, 1, 'train')
    if (states.some((state) => state.trainable)) await this.get('train', 1)
  }

  /** @param shape of an input, where it is not that of the data. */
  get(kind: Kind, batch: number, shape?: readonly number[]): Promise<Program> {
    const parts = shapedBy(this.parts, shape)
    const key = `${kind} ${batch} ${parts.signature.columns.x.shape.join()}`
    const known = this.#known.get(key) ?? this.#compile(kind, batch, parts)
    this.#known.delete(key)
    this.#known.set(key, known)
    known.catch(() => this.#known.delete(key))
    if (this.#known.size > capacity) this.#releaseOldest()
    return known
  }

  async #compile(kind: Kind, batch: number, parts: Parts): Promise<Program> {
    const traced = traces[kind](parts, batch)
    const id = await this.#engine.use((session) => {
      session.declare(JSON.stringify(traced.states))
      return session.compile(traced.json)
    })
    return { ...traced, id }
  }

  /** Releases all programs. */
  release(): void {
    while (this.#known.size > 0) this.#releaseOldest()
  }

  #releaseOldest(): void {
    const [oldest] = this.#known
    if (oldest === undefined) return
    this.#known.delete(oldest[0])
    const release = async (): Promise<void> => {
      const { id } = await oldest[1]
      await this.#engine.use((session) => session.release(id))
    }
    release().catch(() => undefined) // one that never compiled holds nothing
  }
}

/** The parts of programs for inputs of another shape. */
function shapedBy(parts: Parts, shape: readonly number[] | undefined): Parts {
  if (shape === undefined) return parts
  const { columns } = parts.signature
  const x = { ...columns.x, shape }
  return { ...parts, signature: { ...parts.signature, columns: { ...columns, x } } }
}
