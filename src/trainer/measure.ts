// Means over many batches, each weighted by what it holds, and the measuring of a data set.

import type { BatchSize } from '../data/index.ts'
import type { NativeDataSet, RunResult } from '../native.ts'
import type { Program, Programs } from './compiled.ts'
import type { Engine } from './engine.ts'

/** What measuring a data set gives. */
export interface Measures {
  /** The mean loss. */
  readonly loss: number
  /** The metrics by name, such as `accuracy`. */
  readonly metrics: Readonly<Record<string, number>>
  /** The number of samples measured. */
  readonly samples: number
}

/**
 * How much a program's value of a step counts in a mean.
 *
 * @example
 * ```ts
 * const weight = weightAt(program, result, 'loss', 0)
 * ```
 */
export function weightAt(
  { terms }: Program,
  { outputs }: RunResult,
  name: string,
  step: number,
): number {
  const weight = terms[name] ?? 0
  return typeof weight === 'number' ? weight : (outputs[weight]?.[step] ?? Number.NaN)
}

/** Weighted means of a program's values, as they come in. */
export class Means {
  readonly #sums = new Map<string, { sum: number; weight: number }>()

  /** Takes in the first `steps` values of a run. */
  add(program: Program, result: RunResult, steps: number): void {
    const { outputs } = result
    for (const name of Object.keys(program.terms)) {
      const mean = this.#sums.get(name) ?? { sum: 0, weight: 0 }
      for (let i = 0; i < steps; i++) {
        const own = weightAt(program, result, name, i)
        mean.sum += own * (outputs[name]?.[i] ?? Number.NaN)
        mean.weight += own
      }
      this.#sums.set(name, mean)
    }
  }

  get loss(): number {
    return this.#mean('loss')
  }

  /** The metrics, their names led by `prefix`. */
  metrics(prefix = ''): Record<string, number> {
    const names = [...this.#sums.keys()].filter((name) => name !== 'loss')
    return Object.fromEntries(names.map((name) => [prefix + name, this.#mean(name)]))
  }

  #mean(name: string): number {
    const { sum, weight } = this.#sums.get(name) ?? { sum: 0, weight: 0 }
    return sum / weight
  }
}

/**
 * How many samples are measured and predicted at once: the run's batch where it is a number. What
 * is found does not depend on it but for rounding.
 *
 * @example
 * ```ts
 * measuredAtOnce('all') // 256
 * ```
 */
export function measuredAtOnce(batchSize: BatchSize): number {
  return typeof batchSize === 'number' ? batchSize : 256
}

/**
 * The mean loss and metrics over all samples of a data set, the last smaller batch included.
 *
 * @example
 * ```ts
 * const { loss, metrics } = await measure(engine, programs, validation, 64)
 * ```
 */
export async function measure(
  engine: Engine,
  programs: Programs,
  dataset: NativeDataSet,
  batchSize: number,
): Promise<Measures> {
  const means = new Means()
  for (let first = 0; first < dataset.length;) {
    const batch = Math.min(batchSize, dataset.length - first)
    const steps = Math.floor((dataset.length - first) / batch)
    const program = await programs.get('measure', batch)
    const request = { steps, firstStep: 0, dataset, shuffle: false, first }
    means.add(program, await engine.run(program.id, request), steps)
    first += steps * batch
  }
  return { loss: means.loss, metrics: means.metrics(), samples: dataset.length }
}
