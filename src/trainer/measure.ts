// The loss and metrics over many batches, exact whatever they hold, and the measuring of a data set.

import type { BatchSize, Source } from '../data/index.ts'
import { Tally } from '../metrics/index.ts'
import type { ClassificationReport, Metric, MetricDetail, MetricValue } from '../metrics/index.ts'
import type { RunResult } from '../native.ts'
import type { Program, Programs } from './compiled.ts'
import type { Engine } from './engine.ts'
import { Windows } from './windows.ts'

/** What measuring a data set gives. */
export interface Measures {
  /** The mean loss. */
  readonly loss: number
  /** The metrics by name, such as `accuracy`. */
  readonly metrics: Readonly<Record<string, number>>
  /** Those that are one number for each class, or tables; absent where there are none. */
  readonly details?: Readonly<Record<string, MetricDetail>>
  /** The report that was asked for. */
  readonly report?: ClassificationReport
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

/** The loss and the metrics of batches, as they come in. */
export class Means {
  readonly #metrics: readonly Metric[]
  readonly #sums = new Map<string, { sum: number; weight: number }>()
  readonly #tallies: ReadonlyMap<string, Tally>

  constructor(metrics: readonly Metric[]) {
    this.#metrics = metrics
    this.#tallies = new Map(metrics.map((metric) => [metric.label, new Tally(metric)]))
  }

  /** Takes in what a run gave, from one of its steps to another, which is left out. */
  add(program: Program, result: RunResult, from: number, to: number): void {
    for (const name of Object.keys(program.terms)) {
      const mean = this.#sums.get(name) ?? { sum: 0, weight: 0 }
      for (let step = from; step < to; step++) {
        const own = weightAt(program, result, name, step)
        mean.sum += own * (result.outputs[name]?.[step] ?? Number.NaN)
        mean.weight += own
      }
      this.#sums.set(name, mean)
    }
    for (const { label, gathers } of this.#metrics) {
      const tally = this.#tallies.get(label)
      for (const [name, size] of Object.entries(program.metrics[label] ?? {})) {
        const all = result.outputs[`${label}/${name}`] ?? new Float32Array()
        const [first, last] = [from * size, to * size]
        // what is kept is copied: it would hold on to all that the run gave
        const values = gathers === 'sums' ? all.subarray(first, last) : all.slice(first, last)
        tally?.add(name, values, size)
      }
    }
  }

  get loss(): number {
    return this.#mean('loss')
  }

  /** Those metrics that are numbers, and what else is a mean, their names led by `prefix`. */
  metrics(prefix = ''): Record<string, number> {
    const values = this.#values(prefix).filter(([, value]) => typeof value === 'number')
    const others = [...this.#sums.keys()].filter((name) => name !== 'loss')
    const means = others.map((name) => [prefix + name, this.#mean(name)] as const)
    return Object.fromEntries([...(values as [string, number][]), ...means])
  }

  /** Those that are lists or tables, their names led by `prefix`. */
  details(prefix = ''): Record<string, MetricDetail> {
    const values = this.#values(prefix).filter(([, value]) => typeof value !== 'number')
    return Object.fromEntries(values as [string, MetricDetail][])
  }

  #values(prefix: string): [string, MetricValue][] {
    const begun = [...this.#tallies].filter(([, tally]) => tally.begun)
    return begun.map(([label, tally]) => [prefix + label, tally.value])
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
  samples: Source,
  batchSize: number,
): Promise<Measures> {
  const means = new Means(programs.parts.metrics)
  const windows = new Windows(samples, false, programs.parts)
  for (let row = 0; row < samples.length;) {
    const { dataset, begin, end, shape } = await windows.at(0, row, batchSize)
    const batch = Math.min(batchSize, end - row)
    const steps = Math.floor((end - row) / batch)
    const program = await programs.get('measure', batch, shape)
    const request = { steps, firstStep: 0, dataset, shuffle: false, first: row - begin, begin }
    means.add(program, await engine.run(program.id, request), 0, steps)
    row += steps * batch
  }
  const details = means.details()
  return {
    loss: means.loss,
    metrics: means.metrics(),
    ...(Object.keys(details).length > 0 && { details }),
    samples: samples.length,
  }
}
