// The config of a run: from a file (.ts, .js, .json, .yaml) or a built-in recipe's name.

import { readFile, stat } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'

import { nearest } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { recipes } from '../models/index.ts'
import type { RunConfig } from '../trainer/index.ts'
import { UsageError } from './io.ts'
import type { CommonOptions } from './io.ts'
import { withSetting } from './set.ts'

const modules = ['.ts', '.mts', '.js', '.mjs']
const kinds = [...modules, '.json', '.yaml', '.yml']

/** A config and the name that its run gets where none is given. */
export interface NamedConfig {
  readonly config: RunConfig
  readonly name: string
}

/**
 * The config that `source` names, with the command's options put in.
 *
 * @throws `UsageError` for an unknown name, `AttuneError` `IO` or `CONFIG` for a file.
 * @example
 * ```ts
 * const { config } = await readConfig('digits-cnn', { set: ['epochs=3'] })
 * ```
 */
export async function readConfig(source: string, options: CommonOptions): Promise<NamedConfig> {
  const recipe = recipes[source]
  const kind = extname(source)
  const config = recipe?.config ?? (await readConfigFile(source, kind))
  return {
    config: withOptions(config, options) as RunConfig,
    name: recipe?.name ?? basename(source, kind).replace(/\.config$/, ''),
  }
}

/**
 * A config with `--set`, `--seed` and `--threads` put in.
 *
 * @example
 * ```ts
 * withOptions(config, { set: ['batchSize=64'], seed: '1' })
 * ```
 */
export function withOptions(config: unknown, { set, seed, threads }: CommonOptions): unknown {
  const settings = [...set]
  if (seed !== undefined) settings.push(`seed=${seed}`)
  if (threads !== undefined) settings.push(`threads=${threads}`)
  return settings.reduce(withSetting, config)
}

async function readConfigFile(source: string, kind: string): Promise<unknown> {
  if (!kinds.includes(kind)) {
    const near = nearest(source, Object.keys(recipes))
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    const known = Object.keys(recipes).join(', ')
    const message = `${source} is neither a config file (${kinds.join(', ')}) nor a recipe (${known})`
    throw new UsageError(message + hint)
  }
  const file = resolve(source)
  await stat(file).catch((cause: unknown) => unreadable(source, cause))
  if (modules.includes(kind)) return importConfig(file, source)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => unreadable(source, cause))
  try {
    if (kind === '.json') return JSON.parse(text)
    const { parse } = await import('yaml')
    return parse(text)
  } catch (cause) {
    const message = `${source}: not valid ${kind.slice(1)} (${(cause as Error).message}): correct it`
    throw new AttuneError('CONFIG', message, { cause })
  }
}

/** The default export of a module; its `attune` is this very package, so registered names are known. */
async function importConfig(file: string, source: string): Promise<unknown> {
  const { createJiti } = await import('jiti')
  const attune = new URL(`../index${extname(import.meta.url)}`, import.meta.url).href
  const jiti = createJiti(import.meta.url, { virtualModules: { attune: await import(attune) } })
  try {
    const loaded = await jiti.import<{ default?: unknown }>(file)
    if (typeof loaded.default === 'object' && loaded.default !== null) return loaded.default
  } catch (cause) {
    if (cause instanceof AttuneError) throw cause
    const message = `${source}: ${(cause as Error).message}`
    throw new AttuneError('CONFIG', message, { cause })
  }
  const message = `${source}: expected the run's config as the default export: \`export default { ... }\``
  throw new AttuneError('CONFIG', message)
}

function unreadable(source: string, cause: unknown): never {
  const message = `${source}: cannot be read (${(cause as Error).message}): check the path`
  throw new AttuneError('IO', message, { cause })
}
