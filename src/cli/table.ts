// Columns of text, as wide as their widest cell.

/**
 * Rows under one another.
 *
 * @example
 * ```ts
 * table([['a', '1'], ['long', '2']]) // 'a     1\nlong  2\n'
 * ```
 */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)),
    [],
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return `${rows.map(line).join('\n')}\n`
}
