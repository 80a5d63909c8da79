// The axes that a reduction runs over.

/**
 * The axes as a list: all of them where none are given. Negative ones count from the last.
 *
 * @example
 * ```ts
 * axesOf(undefined, 2) // [0, 1]
 * ```
 */
export function axesOf(
  axes: number | readonly number[] | undefined,
  rank: number,
): readonly number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis)
  return typeof axes === 'number' ? [axes] : axes
}
