// The list of callbacks, and what follows from it: the schema of any, and making one.

import { z } from 'zod'

import { parse, union } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { Callback, CallbackDefinition } from './define.ts'
import { csvLoggerCallback } from './csv-logger.ts'
import type { CsvLoggerConfig } from './csv-logger.ts'
import { earlyStoppingCallback } from './early-stopping.ts'
import type { EarlyStoppingConfig } from './early-stopping.ts'
import { evidenceStoppingCallback } from './evidence-stopping.ts'
import type { EvidenceStoppingConfig } from './evidence-stopping.ts'
import { gradientNormStoppingCallback } from './gradient-norm-stopping.ts'
import type { GradientNormStoppingConfig } from './gradient-norm-stopping.ts'
import { jsonlLoggerCallback } from './jsonl-logger.ts'
import type { JsonlLoggerConfig } from './jsonl-logger.ts'
import { precheltCallback } from './prechelt.ts'
import type { PrecheltConfig } from './prechelt.ts'
import { reduceOnPlateauCallback } from './reduce-on-plateau.ts'
import type { ReduceOnPlateauConfig } from './reduce-on-plateau.ts'
import { stopAfterCallback } from './stop-after.ts'
import type { StopAfterConfig } from './stop-after.ts'
import { stopAtTargetCallback } from './stop-at-target.ts'
import type { StopAtTargetConfig } from './stop-at-target.ts'
import { stopOnNaNCallback } from './stop-on-nan.ts'
import type { StopOnNaNConfig } from './stop-on-nan.ts'
import { updateRatioStoppingCallback } from './update-ratio-stopping.ts'
import type { UpdateRatioStoppingConfig } from './update-ratio-stopping.ts'

/** Every described callback by its type. Registered ones join by declaration merging. */
export interface CallbackConfigs {
  csvLogger: CsvLoggerConfig
  earlyStopping: EarlyStoppingConfig
  evidenceStopping: EvidenceStoppingConfig
  gradientNormStopping: GradientNormStoppingConfig
  jsonlLogger: JsonlLoggerConfig
  prechelt: PrecheltConfig
  reduceOnPlateau: ReduceOnPlateauConfig
  stopAfter: StopAfterConfig
  stopAtTarget: StopAtTargetConfig
  stopOnNaN: StopOnNaNConfig
  updateRatioStopping: UpdateRatioStoppingConfig
}

/** The config of any callback. */
export type CallbackConfig = CallbackConfigs[keyof CallbackConfigs]

/** The callbacks that Attune brings. */
export const callbacks: { readonly [Type in keyof CallbackConfigs]: CallbackDefinition } = {
  csvLogger: csvLoggerCallback,
  earlyStopping: earlyStoppingCallback,
  evidenceStopping: evidenceStoppingCallback,
  gradientNormStopping: gradientNormStoppingCallback,
  jsonlLogger: jsonlLoggerCallback,
  prechelt: precheltCallback,
  reduceOnPlateau: reduceOnPlateauCallback,
  stopAfter: stopAfterCallback,
  stopAtTarget: stopAtTargetCallback,
  stopOnNaN: stopOnNaNCallback,
  updateRatioStopping: updateRatioStoppingCallback,
}

const definitions = new Map<string, CallbackDefinition>(Object.entries(callbacks))

/**
 * The schema of any described callback, the registered ones included.
 *
 * @example
 * ```ts
 * parse(callbackSchema(), { type: 'earlyStopping', patience: 5 })
 * ```
 */
export function callbackSchema(): z.ZodType<CallbackConfig, CallbackConfig> {
  const schemas = [...definitions].map(([type, { schema }]) => [type, schema] as const)
  return union<CallbackConfig>('callback', Object.fromEntries(schemas))
}

/**
 * Gives a callback a name, under which configs can hold it; the factory of its configs.
 *
 * @param optionsSchema what its options must be, `type` included. Default: any object.
 * @throws `AttuneError` `CONFIG` where the name is taken.
 * @example
 * ```ts
 * const logger = registerCallback('logger', ({ every }: { every: number }) => ({
 *   onEpoch: ({ epoch, loss }) => void (epoch % every === 0 && console.log(epoch, loss)),
 * }))
 * ```
 */
export function registerCallback<Options extends object>(
  type: string,
  make: (options: Options) => Callback,
  optionsSchema?: z.ZodType,
): (options: Options) => CallbackConfig {
  if (definitions.has(type)) {
    throw new AttuneError('CONFIG', `a callback named \`${type}\` exists: choose another name`)
  }
  definitions.set(type, {
    type,
    schema: optionsSchema ?? z.looseObject({ type: z.literal(type) }),
    make: (config) => make(config as Options),
  } as CallbackDefinition)
  return (options) => ({ type, ...options }) as unknown as CallbackConfig
}

/**
 * The callback of a config; one that is a callback already is itself.
 *
 * @param where its config path, for messages. Default: `callback`.
 * @throws `AttuneError` `CONFIG` listing every problem of the config.
 * @example
 * ```ts
 * const { onEpoch } = callbackOf(earlyStopping())
 * ```
 */
export function callbackOf(config: CallbackConfig | Callback, where = 'callback'): Callback {
  if (isCallback(config)) return config
  const resolved = parse(callbackSchema(), config, where)
  const definition = definitions.get(resolved.type)
  if (definition === undefined) throw new AttuneError('INTERNAL', `no callback ${resolved.type}`)
  return definition.make(resolved, where)
}

/**
 * Whether a value is a callback itself and not the config of one.
 *
 * @example
 * ```ts
 * isCallback({ onEpoch: () => ({ stop: true }) }) // true
 * ```
 */
export function isCallback(value: unknown): value is Callback {
  if (typeof value !== 'object' || value === null) return false
  const hooks = [
    'onStart',
    'onStep',
    'onValidation',
    'onEpoch',
    'onDiverged',
    'onEnd',
    'onEvents',
  ] as const
  return hooks.some((hook) => typeof (value as Callback)[hook] === 'function')
}
