// The native runs that make some updates: each update takes the gradients of one or several batches,
// weighted by their samples.

import type { Metric } from '../metrics/index.ts'
import type { RunResult } from '../native.ts'
import type { Program, Programs } from './compiled.ts'
import type { Engine } from './engine.ts'
import { Means, weightAt } from './measure.ts'
import type { Window } from './windows.ts'

/** What a chunk of updates is run on. */
export interface Chunk {
  /** Where the samples are. */
  readonly window: Window
  readonly epoch: number
  /** Samples of an epoch. */
  readonly samples: number
  /** Samples of this epoch that are done. */
  readonly row: number
  /** Samples of a full batch. */
  readonly batchSize: number
  /** Batches of an update; the last update of an epoch has what is left. */
  readonly accumulate: number
  /** Updates done before. */
  readonly firstStep: number
  /** One rate an update. */
  readonly learningRates: Float64Array
  /** Whether an average over epochs takes the weights at the end of this one. */
  readonly averages: boolean
}

/** What a chunk of updates gave: of each update one value an output, the mean over its samples. */
export interface ChunkResult extends RunResult {
  /** The samples of one update. */
  readonly rows: number
  /** The metrics of an update, by their names. */
  metrics(update: number): Record<string, number>
}

/**
 * How many updates of one size, at most `wanted`, come next in an epoch.
 *
 * @example
 * ```ts
 * updatesAhead({ left: 100, batchSize: 8, accumulate: 4, wanted: 10 }) // 3, then one of 4 samples
 * ```
 */
export function updatesAhead(sizes: {
  readonly left: number
  readonly batchSize: number
  readonly accumulate: number
  readonly wanted: number
}): number {
  const { left, batchSize, accumulate, wanted } = sizes
  return Math.max(1, Math.min(wanted, Math.floor(left / (batchSize * accumulate))))
}

/** Runs as many updates as there are rates, and takes their values into `means`. */
export async function runUpdates(
  engine: Engine,
  programs: Programs,
  chunk: Chunk,
  means: Means,
  signal: AbortSignal,
): Promise<{ program: Program; result: ChunkResult }> {
  const { window, row, batchSize, accumulate, learningRates } = chunk
  const { dataset, shuffle } = window
  const left = window.end - row
  const updates = learningRates.length
  const full = Math.min(Math.floor(left / batchSize), updates * accumulate)
  const rest = full < updates * accumulate ? left - full * batchSize : 0
  const ends = row + full * batchSize + rest === chunk.samples
  const parts = [
    { batch: batchSize, steps: full },
    { batch: rest, steps: rest === 0 ? 0 : 1 },
  ].filter(({ steps }) => steps > 0)

  const runs: { program: Program; result: RunResult; batch: number }[] = []
  let accumulated = 0
  for (const { batch, steps } of parts) {
    const program = await programs.get('train', batch, window.shape)
    const last = accumulated + steps === full + (rest === 0 ? 0 : 1)
    const { epoch, firstStep } = chunk
    const { begin } = window
    const request = { steps, firstStep, learningRates, dataset, shuffle, epoch, accumulated, begin }
    const first = row - begin + accumulated * batchSize
    const averages = chunk.averages && ends && last
    const result = await engine.run(
      program.id,
      { ...request, first, closes: last, averages },
      signal,
    )
    means.add(program, result, 0, result.steps)
    runs.push({ program, result, batch })
    accumulated += steps
    if (result.halted) break
  }
  const [first] = runs as [(typeof runs)[number]]
  const { metrics } = programs.parts
  const { program } = first
  if (accumulate > 1) {
    return { program, result: merged(runs, accumulate, updates, full * batchSize + rest, metrics) }
  }
  const own = (update: number): Record<string, number> => {
    const values = new Means(metrics)
    values.add(program, first.result, update, update + 1)
    return values.metrics()
  }
  return { program, result: { ...first.result, rows: first.batch, metrics: own } }
}

/** The values of updates of several batches. */
function merged(
  runs: readonly { program: Program; result: RunResult; batch: number }[],
  accumulate: number,
  updates: number,
  samples: number,
  metrics: readonly Metric[],
): ChunkResult {
  const passes = runs.flatMap(({ program, result, batch }) =>
    Array.from({ length: result.steps }, (_, i) => ({ program, result, batch, i })),
  )
  const halted = runs.some(({ result }) => result.halted)
  const cancelled = runs.some(({ result }) => result.cancelled)
  const whole = halted || cancelled ? Math.floor(passes.length / accumulate) : updates
  const names = Object.keys(runs[0]?.program.terms ?? {})
  const bad = halted ? runs.at(-1)?.result : undefined
  const outputs = names.map((name) => {
    const values = Array.from({ length: whole }, (_, update) => {
      const group = passes.slice(update * accumulate, (update + 1) * accumulate)
      let [sum, weight] = [0, 0]
      for (const { program, result, i } of group) {
        const own = weightAt(program, result, name, i)
        sum += own * (result.outputs[name]?.[i] ?? Number.NaN)
        weight += own
      }
      return sum / weight
    })
    if (bad !== undefined) values.push(bad.outputs[name]?.[bad.steps] ?? Number.NaN)
    return [name, Float32Array.from(values)]
  })
  const norms = Array.from({ length: whole }, (_, update) => {
    const last = passes[Math.min((update + 1) * accumulate, passes.length) - 1]
    return last?.result.gradientNorms[last.i] ?? Number.NaN
  })
  if (bad !== undefined) norms.push(bad.gradientNorms[bad.steps] ?? Number.NaN)
  return {
    steps: whole,
    outputs: Object.fromEntries(outputs) as RunResult['outputs'],
    gradientNorms: Float32Array.from(norms),
    halted,
    cancelled,
    seconds: runs.reduce((sum, { result }) => sum + result.seconds, 0),
    profile: new Float64Array(),
    rows: samples / updates,
    metrics: (update) => {
      const values = new Means(metrics)
      for (const { program, result, i } of passes.slice(
        update * accumulate,
        (update + 1) * accumulate,
      )) {
        values.add(program, result, i, i + 1)
      }
      return values.metrics()
    },
  }
}
