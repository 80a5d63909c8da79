// The states of a native session: its list of them, and those that are weights, read and written.

import { nearest } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { NativeSession } from '../native.ts'

/** One state. */
export interface StateInfo {
  readonly name: string
  readonly shape: readonly number[]
  readonly role: 'parameter' | 'statistic' | 'optimizer'
  /** Of a parameter: the state that is evaluated in its place, where weights are averaged. */
  readonly evaluated: string | null
}

/**
 * The list of `session.states()`.
 *
 * @example
 * ```ts
 * statesOf(session.states()).map(({ name }) => name)
 * ```
 */
export function statesOf(json: string): StateInfo[] {
  return JSON.parse(json) as StateInfo[]
}

/**
 * The weights and running statistics by name, as copies.
 *
 * @param averaged whether the average stands for a weight that has one.
 * @example
 * ```ts
 * await engine.use((session) => readWeights(session, false))
 * ```
 */
export function readWeights(
  session: NativeSession,
  averaged: boolean,
): Record<string, Float32Array> {
  const names = statesOf(session.states()).filter(({ role }) => role !== 'optimizer')
  const values = names.map(({ name, evaluated }) => {
    return [name, session.read((averaged ? evaluated : null) ?? name)]
  })
  return Object.fromEntries(values) as Record<string, Float32Array>
}

/**
 * Replaces states by name.
 *
 * @throws `AttuneError` `CONFIG` for a name that the session has not, `SHAPE` for another length.
 * @example
 * ```ts
 * await engine.use((session) => writeWeights(session, { 'layers.0.bias': new Float32Array(10) }))
 * ```
 */
export function writeWeights(
  session: NativeSession,
  weights: Readonly<Record<string, Float32Array>>,
): void {
  const known = statesOf(session.states()).map(({ name }) => name)
  for (const name of Object.keys(weights).filter((name) => !known.includes(name))) {
    const hint = nearest(name, known) ?? known.join(', ')
    throw new AttuneError('CONFIG', `weights: the model has no \`${name}\`; it has ${hint}`)
  }
  for (const [name, values] of Object.entries(weights)) session.write(name, values)
}
