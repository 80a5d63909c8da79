// The module path that new nodes are recorded under, so that an error says where.

let current = ''

/**
 * The path of the module whose `forward` is running, such as `blocks.3.attention`.
 *
 * @example
 * ```ts
 * currentPath() // ''
 * ```
 */
export function currentPath(): string {
  return current
}

/**
 * Runs `body` with `path` as the current module path.
 *
 * @example
 * ```ts
 * withPath('layers.0', () => x.relu())
 * ```
 */
export function withPath<T>(path: string, body: () => T): T {
  const outer = current
  current = path
  try {
    return body()
  } finally {
    current = outer
  }
}

/**
 * The message, led by the current module path.
 *
 * @example
 * ```ts
 * withPath('layers.0', () => here('rank 4 expected')) // 'layers.0: rank 4 expected'
 * ```
 */
export function here(message: string): string {
  return current === '' ? message : `${current}: ${message}`
}
