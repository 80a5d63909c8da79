// What callbacks can read of a trainer: its weights, and the gradients of single samples.

import type { GradientMoments, Probe } from '../callbacks/index.ts'
import type { Programs } from './compiled.ts'
import type { Engine } from './engine.ts'
import { statesOf } from './states.ts'
import type { Windows } from './windows.ts'

/** Numbers that a native call may give back. */
const mostNumbers = 2 ** 22

/**
 * The probe of a run.
 *
 * @param train the training samples in the order of an epoch.
 * @param epoch the epoch, counted from 0, whose first samples are looked at.
 * @example
 * ```ts
 * const { variance } = await probeOf(engine, programs, train, () => 0).gradientMoments(128)
 * ```
 */
export function probeOf(
  engine: Engine,
  programs: Programs,
  train: Windows,
  epoch: () => number,
): Probe {
  return {
    weights: () =>
      engine.use((session) => {
        const trained = statesOf(session.states()).filter(({ role }) => role === 'parameter')
        return Object.fromEntries(trained.map(({ name }) => [name, session.read(name)]))
      }),
    gradientMoments: (samples) => gradientMoments(engine, programs, train, epoch(), samples),
  }
}

async function gradientMoments(
  engine: Engine,
  programs: Programs,
  train: Windows,
  epoch: number,
  wanted: number,
): Promise<GradientMoments> {
  const { states } = await programs.get('gradients', 1)
  const names = states.filter(({ trainable }) => trainable).map(({ name }) => name)
  const samples = Math.min(wanted, train.length)
  let means = new Float64Array()
  let squares = new Float64Array()
  let most = 1
  for (let first = 0; first < samples;) {
    const { dataset, shuffle, begin, end, shape } = await train.at(epoch, first, 1)
    const { id } = await programs.get('gradients', 1, shape)
    const steps = Math.min(most, samples - first, end - first)
    const request = { steps, firstStep: 0, dataset, shuffle, epoch, first: first - begin }
    const { outputs } = await engine.run(id, request)
    const gradients = names.map((name) => outputs[name] as Float32Array)
    const width = gradients.reduce((sum, { length }) => sum + length / steps, 0)
    if (first === 0) [means, squares] = [new Float64Array(width), new Float64Array(width)]
    for (let step = 0; step < steps; step++) {
      accumulate(gradients, step, steps, first + step + 1, means, squares)
    }
    most = Math.max(1, Math.floor(mostNumbers / width))
    first += steps
  }
  const divisor = Math.max(1, samples - 1)
  return { samples, mean: means, variance: squares.map((sum) => sum / divisor) }
}

/** Takes in one sample, the `count`-th: `m ← m + (g - m) / n`, `s ← s + (g - m)(g - m')`. Welford 1962. */
function accumulate(
  gradients: readonly Float32Array[],
  step: number,
  steps: number,
  count: number,
  means: Float64Array,
  squares: Float64Array,
): void {
  let at = 0
  for (const values of gradients) {
    const width = values.length / steps
    for (let i = step * width; i < (step + 1) * width; i++, at++) {
      const value = values[i] ?? 0
      const before = value - (means[at] ?? 0)
      means[at] = (means[at] ?? 0) + before / count
      squares[at] = (squares[at] ?? 0) + before * (value - (means[at] ?? 0))
    }
  }
}
