// `attune train`: trains what a config describes; the run is written to its folder.

import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { TrainingEvent } from '../callbacks/index.ts'
import { Trainer } from '../trainer/index.ts'
import { readConfig } from './config-file.ts'
import { writeLine } from './io.ts'
import type { CommonOptions, Io } from './io.ts'
import { Progress } from './progress.ts'

/** Options of `train`. */
export interface TrainOptions extends CommonOptions {
  readonly name?: string
}

/**
 * Trains; the exit code: 0, or 130 where it was interrupted and saved.
 *
 * @example
 * ```ts
 * process.exitCode = await train('digits-cnn', { set: [] }, io)
 * ```
 */
export async function train(source: string, options: TrainOptions, io: Io): Promise<number> {
  const { config, name } = await readConfig(source, options)
  const runs = config.runs ?? 'runs'
  const named = options.name ?? config.name ?? freeName(runs, name)
  const trainer = new Trainer({ ...config, runs, name: named })
  const progress = new Progress(io, trainer.config.epochs)
  const show = (event: TrainingEvent): void => {
    if (options.json === true) writeLine(io, event)
    else progress.show(event)
  }
  const run = trainer.fit({ signal: io.signal })
  for await (const event of run) show(event)
  const { stoppedBy } = await run
  return stoppedBy === 'signal' ? 130 : 0
}

/** `name`, or the first of `name-2`, `name-3`, ... that is not taken. */
function freeName(runs: string, name: string): string {
  let free = name
  for (let i = 2; existsSync(join(runs, free)); i++) free = `${name}-${i}`
  return free
}
