// The states of a native session, as it lists them.

/** One state. */
export interface StateInfo {
  readonly name: string
  readonly role: 'parameter' | 'statistic' | 'optimizer'
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
