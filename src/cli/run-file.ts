// The trainer of a run that was saved: by its folder, its name under `runs`, or its file of weights.

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

import type { RunConfig } from '../trainer/index.ts'
import { readSaved, Trainer } from '../trainer/index.ts'
import { readConfig, withOptions } from './config-file.ts'
import type { CommonOptions } from './io.ts'

/**
 * Loads a saved run, with the command's options put into its config.
 *
 * @throws `AttuneError` `IO` or `CORRUPT`.
 * @example
 * ```ts
 * const trainer = await loadRun('runs/digits-cnn', { set: [] })
 * ```
 */
export async function loadRun(source: string, options: CommonOptions): Promise<Trainer> {
  const places = [source, join('runs', source)]
  const found = places.find((place) => existsSync(place)) ?? source
  const isFolder = statSync(found, { throwIfNoEntry: false })?.isDirectory() === true
  const file = isFolder ? join(found, 'weights.safetensors') : found
  const given =
    options.config === undefined ? undefined : await readConfig(options.config, { set: [] })
  const { config } = await readSaved(file)
  const model = config['model'] ?? given?.config.model ?? null
  const data = config['data'] ?? given?.config.data ?? null
  return Trainer.load(file, withOptions({ ...config, model, data }, options) as Partial<RunConfig>)
}
