// Numbers drawn as a line in the terminal, in braille dots, with labelled axes.

/** What stands around a drawing. */
export interface PlotOptions {
  /** Characters in all. */
  readonly width: number
  /** Rows of the drawing without its axis. */
  readonly height: number
  /** What the numbers are counted by, under the axis. */
  readonly label: string
}

const blank = 0x2800
/** The dots of a character: two columns of four, from the top. */
const dots = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const

/**
 * The values from left to right over a vertical axis from 0 to the highest one.
 *
 * @example
 * ```ts
 * io.out(plot(rates, { width: 80, height: 12, label: 'step' }))
 * ```
 */
export function plot(values: ArrayLike<number>, { width, height, label }: PlotOptions): string {
  const top = highest(values)
  const marks = Array.from({ length: height }, (_, row) => {
    const isMarked = row === 0 || (row === height >> 1 && height > 4)
    return isMarked ? readable(top * (1 - row / height)) : ''
  })
  const margin = Math.max(...marks.map((mark) => mark.length))
  const columns = Math.max(8, width - margin - 2)
  const canvas = draw(values, top, columns, height)
  const rows = canvas.map((row, i) => {
    const mark = marks[i] ?? ''
    const line = String.fromCharCode(...row.map((bits) => blank + bits))
    return `${mark.padStart(margin)} ${mark === '' ? '│' : '┤'}${line}`
  })
  const axis = `${'0'.padStart(margin)} └${'─'.repeat(columns)}`
  const last = values.length.toLocaleString('en')
  const room = Math.max(0, columns - last.length - 1)
  const middle = label.padStart(Math.floor((room + label.length) / 2)).padEnd(room)
  return `${[...rows, axis, `${' '.repeat(margin + 2)}0${middle}${last}`].join('\n')}\n`
}

/**
 * A number with three digits, as people read it.
 *
 * @example
 * ```ts
 * readable(0.00098765) // '0.000988'
 * ```
 */
export function readable(value: number): string {
  return String(Number(value.toPrecision(3)))
}

/**
 * The lowest and highest value of each of `count` parts, and the last value before it.
 *
 * @example
 * ```ts
 * ranges([1, 2, 3, 4], 2) // [{ low: 1, high: 2 }, { low: 2, high: 4 }]
 * ```
 */
export function ranges(
  values: ArrayLike<number>,
  count: number,
): { readonly low: number; readonly high: number }[] {
  let from = 0
  return Array.from({ length: count }, (_, i) => {
    const own = Math.floor((i * values.length) / count)
    const to = Math.max(own + 1, Math.floor(((i + 1) * values.length) / count))
    let low = Infinity
    let high = -Infinity
    for (let j = from; j < to; j++) {
      const value = values[j] ?? 0
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
    from = to - 1
    return { low, high }
  })
}

/**
 * The highest value, or 1 where none is above 0.
 *
 * @example
 * ```ts
 * highest([0.5, 2]) // 2
 * ```
 */
export function highest(values: ArrayLike<number>): number {
  let top = 0
  for (let i = 0; i < values.length; i++) top = Math.max(top, values[i] ?? 0)
  return top > 0 ? top : 1
}

function draw(values: ArrayLike<number>, top: number, columns: number, rows: number): number[][] {
  const canvas = Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0))
  const levels = rows * dots[0].length
  const level = (value: number): number => Math.round((1 - value / top) * (levels - 1))
  ranges(values, columns * dots.length).forEach(({ low, high }, x) => {
    for (let y = level(high); y <= level(low); y++) {
      const row = canvas[y >> 2]
      const bit = dots[x & 1]?.[y & 3] ?? 0
      if (row !== undefined) row[x >> 1] = (row[x >> 1] ?? 0) | bit
    }
  })
  return canvas
}
