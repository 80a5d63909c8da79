// Tally: what has gathered of a metric, batch by batch, and its value so far.

import type { MetricRule, MetricValue } from './define.ts'

/** What has gathered of one metric. Sums are in float64. */
export class Tally {
  readonly #rule: Pick<MetricRule, 'gathers' | 'finish'>
  readonly #sums = new Map<string, Float64Array>()
  readonly #kept = new Map<string, ArrayLike<number>[]>()

  constructor(rule: Pick<MetricRule, 'gathers' | 'finish'>) {
    this.#rule = rule
  }

  /**
   * Takes in what batches gave under a name: of each batch `size` numbers, one batch after another. The
   * values must not change afterwards.
   */
  add(name: string, values: ArrayLike<number>, size: number = values.length): void {
    if ((this.#rule.gathers ?? 'sums') === 'sums') this.#addUp(name, values, size)
    else this.#keep(name, values)
  }

  /** Whether anything has gathered. */
  get begun(): boolean {
    return this.#sums.size + this.#kept.size > 0
  }

  get value(): MetricValue {
    const kept = [...this.#kept].map(([name, parts]) => [name, joined(parts)] as const)
    return this.#rule.finish(Object.fromEntries([...this.#sums, ...kept]))
  }

  #addUp(name: string, values: ArrayLike<number>, size: number): void {
    const sums = this.#sums.get(name) ?? new Float64Array(size)
    for (let i = 0, at = 0; i < values.length; i++) {
      sums[at] = (sums[at] ?? 0) + (values[i] ?? Number.NaN)
      at = at + 1 === size ? 0 : at + 1
    }
    this.#sums.set(name, sums)
  }

  #keep(name: string, values: ArrayLike<number>): void {
    const parts = this.#kept.get(name) ?? []
    parts.push(values)
    this.#kept.set(name, parts)
  }
}

function joined(parts: readonly ArrayLike<number>[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
