// What a described layer consists of: a name, a schema for its options, and how it is built.

import type { z } from 'zod'

import type { Module } from './module.ts'

/** The least that every layer config has. */
export interface TypedConfig {
  readonly type: string
}

/** One described layer. `Resolved` is its config with the defaults filled in. */
export interface LayerDefinition<Config extends TypedConfig = TypedConfig, Resolved = unknown> {
  readonly type: Config['type']
  /** @param layer the schema of any layer, for layers that hold others. */
  schema(layer: z.ZodType): z.ZodType<Resolved, Config>
  /** @param make builds a layer that this one holds. */
  build(config: Resolved, make: (config: TypedConfig) => Module): Module
}

/** A config whose defaults are filled in. */
export type Resolved<Config> = { readonly [Key in keyof Config]-?: Exclude<Config[Key], undefined> }

/**
 * The config a factory returns: the options as given, without those that are `undefined`.
 *
 * @example
 * ```ts
 * describe('dense', { units: 10, bias: undefined }) // { type: 'dense', units: 10 }
 * ```
 */
export function describe<Type extends string, Options extends object>(
  type: Type,
  options: Options,
): { readonly type: Type } & Options {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { type, ...(Object.fromEntries(given) as Options) }
}
