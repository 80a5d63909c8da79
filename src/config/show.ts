// A value as an error message shows it.

/**
 * A short text for any value: `1.5`, `"abc"`, `nothing`, `an array of 3`.
 *
 * @example
 * ```ts
 * show(undefined) // 'nothing'
 * ```
 */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`
  if (typeof value === 'number' || typeof value === 'symbol') return String(value)
  const text = safeJson(value)
  if (text !== undefined && text.length <= 40) return text
  if (typeof value === 'string') return `"${value.slice(0, 36)}…"`
  return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
}

function safeJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined // cycles and BigInts inside
  }
}
