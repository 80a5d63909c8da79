// What every run keeps: its bits on any number of threads, and its way after it was saved and loaded.

import type { Prediction, Samples, Trainer } from '../../src/index.ts'
import { hashOf } from './small.ts'

/** The steps and the weights of runs on 1, 2, 3 and 7 threads, and whether all changed their weights. */
export async function trainedOnThreads(
  make: (threads: number) => Trainer,
): Promise<{ steps: Set<number>; hashes: Set<string>; changed: boolean }> {
  const found = { steps: new Set<number>(), hashes: new Set<string>(), changed: true }
  for (const threads of [1, 2, 3, 7]) {
    const run = make(threads)
    const before = await hashOf(run)
    const { steps } = await run.fit()
    const after = await hashOf(run)
    found.steps.add(steps)
    found.hashes.add(after)
    found.changed &&= after !== before
  }
  return found
}

/**
 * Trains, saves and loads: what the run and the loaded one predict, and their weights after both
 * have gone on.
 */
export async function goneOn(
  run: Trainer,
  file: string,
  load: () => Promise<Trainer>,
  x: Samples,
): Promise<{ predictions: readonly [Prediction, Prediction]; hashes: readonly [string, string] }> {
  await run.fit()
  await run.save(file)
  const loaded = await load()
  const predictions = [await run.predict(x), await loaded.predict(x)] as const
  await run.fit()
  await loaded.fit()
  return { predictions, hashes: [await hashOf(run), await hashOf(loaded)] }
}
