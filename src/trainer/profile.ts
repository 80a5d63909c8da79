// Where the time of a training step goes: every kernel call timed on the run's own data.

import type { Programs } from './compiled.ts'
import type { Engine } from './engine.ts'
import type { Plan } from './inspect.ts'
import type { Window } from './windows.ts'

/** One kernel call of a step, as measured. */
export interface ProfiledLaunch {
  readonly name: string
  /** The module that recorded it. */
  readonly path: string
  /** Calls with one number run at the same time, or one after another on one thread. */
  readonly stage: number
  /** Thread time of one step, all threads together. */
  readonly milliseconds: number
  /** Arithmetic per second of thread time. */
  readonly gflops: number
  /** Traffic per second of thread time, every operand counted once. */
  readonly gigabytes: number
}

/** Where the time of a step goes. */
export interface Profile {
  readonly steps: number
  /** Wall time of one step, with the timing itself. */
  readonly milliseconds: number
  readonly launches: readonly ProfiledLaunch[]
}

/**
 * Times `steps` steps of the program for full batches; weights and optimizer state are put back.
 *
 * @example
 * ```ts
 * const { launches } = await profile(engine, programs, await windows.at(0, 0, 64), 64, 20)
 * ```
 */
export async function profile(
  engine: Engine,
  programs: Programs,
  window: Window,
  batchSize: number,
  steps: number,
): Promise<Profile> {
  const { dataset, shape } = window
  const batch = Math.min(batchSize, dataset.length)
  const program = await programs.get('train', batch, shape)
  const { launches } = await engine.use((session) => {
    session.snapshot()
    return JSON.parse(session.plan(program.json)) as Plan
  })
  const perRun = Math.max(1, Math.floor(dataset.length / batch))
  const seconds = new Float64Array(launches.length)
  let wall = 0
  let done = 0
  while (done < steps) {
    const count = Math.min(perRun, steps - done)
    const learningRates = new Float64Array(Math.ceil(count / programs.parts.accumulate))
    const request = { steps: count, firstStep: done, learningRates, dataset, profile: true }
    const result = await engine.run(program.id, request)
    result.profile.forEach((time, i) => (seconds[i] = (seconds[i] ?? 0) + time))
    wall += result.seconds
    done += count
  }
  await engine.use((session) => session.restore())
  return {
    steps,
    milliseconds: (1e3 * wall) / steps,
    launches: launches.map(({ name, path, stage, flops, bytes }, i) => {
      const time = (seconds[i] ?? 0) / steps
      const rate = (work: number): number => (time > 0 ? work / time / 1e9 : 0)
      const milliseconds = 1e3 * time
      return { name, path, stage, milliseconds, gflops: rate(flops), gigabytes: rate(bytes) }
    }),
  }
}
