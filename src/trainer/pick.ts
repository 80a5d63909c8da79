// Fields without a value left out, for options that tell absent from undefined.

/**
 * Those of some fields that have a value.
 *
 * @example
 * ```ts
 * pick({ seed: 0, threads: undefined }, ['seed', 'threads']) // { seed: 0 }
 * ```
 */
export function pick<T extends object, Key extends keyof T>(
  from: T,
  keys: readonly Key[],
): { [K in Key]?: Exclude<T[K], undefined> } {
  const given = keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]])
  return Object.fromEntries(given) as { [K in Key]?: Exclude<T[K], undefined> }
}
