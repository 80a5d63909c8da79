// A row of numbers drawn as bars of one character each.

const bars = '▁▂▃▄▅▆▇█'

/**
 * The values as bars, lowest to highest; `width` of them, each the mean of its share.
 *
 * @example
 * ```ts
 * sparkline([3, 2, 1], 3) // '█▅▁'
 * ```
 */
export function sparkline(values: readonly number[], width: number): string {
  const finite = values.filter(Number.isFinite)
  const count = Math.min(width, finite.length)
  const means = Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * finite.length) / count)
    const share = finite.slice(from, Math.floor(((i + 1) * finite.length) / count))
    return share.reduce((sum, value) => sum + value, 0) / share.length
  })
  const low = Math.min(...means)
  const span = Math.max(...means) - low
  const bar = (value: number): string =>
    bars.charAt(span > 0 ? Math.round(((value - low) / span) * (bars.length - 1)) : 0)
  return means.map(bar).join('')
}
