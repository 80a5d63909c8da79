// The states of a native session, as it lists them.

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
