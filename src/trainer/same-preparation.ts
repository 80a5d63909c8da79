// Whether other data were prepared as a run's own, as measuring a model with them needs.

import { isDeepStrictEqual } from 'node:util'

import type { ResolvedData } from '../data/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { Told } from './predict.ts'

/**
 * Refuses data whose steps, tokenizer, features or classes are not those of the run: a table of its
 * own, for one, would be scaled by its own figures.
 *
 * @throws `AttuneError` `CONFIG`.
 * @example
 * ```ts
 * requireSamePreparation(await resolveData(other), told)
 * ```
 */
export function requireSamePreparation(other: ResolvedData, told: Told): void {
  if (told.preparation === undefined) return
  const same = isDeepStrictEqual(plain(other.preparation), plain(told.preparation))
  const different = same ? 'classes' : `${told.preparation.type} preparation`
  if (same && isDeepStrictEqual(plain(other.classes), plain(told.classes))) return
  const message = `evaluate: expected data of the run's own ${different}, got another`
  const fix = "give the samples as the `test` part of the run's data, which is prepared as they are"
  throw new AttuneError('CONFIG', `${message}: ${fix}`)
}

/** The value as a file keeps it. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}
