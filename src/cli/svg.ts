// Numbers drawn as a line in an SVG file, with labelled axes.

import { highest, ranges, readable } from './plot.ts'

/** What stands around a drawing. */
export interface SvgOptions {
  readonly title: string
  /** What the numbers are counted by, under the horizontal axis. */
  readonly horizontal: string
  /** What the numbers are, beside the vertical axis. */
  readonly vertical: string
}

const size = { width: 720, height: 400 }
const area = { left: 84, right: 696, top: 48, bottom: 340 }

/**
 * The values from left to right over a vertical axis that begins at 0.
 *
 * @example
 * ```ts
 * writeFileSync('rate.svg', svg(rates, { title: 'Rate', horizontal: 'step', vertical: 'rate' }))
 * ```
 */
export function svg(values: ArrayLike<number>, options: SvgOptions): string {
  const top = highest(values)
  const x = (at: number): number => area.left + (area.right - area.left) * at
  const y = (at: number): number => area.bottom - (area.bottom - area.top) * at
  const vertical = ticks(top).map((value) => {
    const at = fixed(y(value / top))
    const line = `<line class="grid" x1="${area.left}" y1="${at}" x2="${area.right}" y2="${at}"/>`
    return `${line}<text x="${area.left - 8}" y="${at}" dy="4" text-anchor="end">${readable(value)}</text>`
  })
  const horizontal = ticks(values.length).map((value) => {
    const at = fixed(x(value / Math.max(1, values.length)))
    const line = `<line class="axis" x1="${at}" y1="${area.bottom}" x2="${at}" y2="${area.bottom + 5}"/>`
    return `${line}<text x="${at}" y="${area.bottom + 20}" text-anchor="middle">${value.toLocaleString('en')}</text>`
  })
  const middle = { x: (area.left + area.right) / 2, y: (area.top + area.bottom) / 2 }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img">
<title>${escaped(options.title)}</title>
<style>
text { font: 12px system-ui, sans-serif; fill: #444 }
.title { font-size: 15px; fill: #111 }
.axis { stroke: #444 }
.grid { stroke: #ddd }
.line { fill: none; stroke: #1f6feb; stroke-width: 1.75; stroke-linejoin: round }
</style>
<rect width="${size.width}" height="${size.height}" fill="#fff"/>
<text class="title" x="${area.left}" y="28">${escaped(options.title)}</text>
${vertical.join('\n')}
${horizontal.join('\n')}
<path class="axis" fill="none" d="M${area.left} ${area.top}V${area.bottom}H${area.right}"/>
<path class="line" d="${path(values, x, (value) => y(value / top))}"/>
<text x="${middle.x}" y="${area.bottom + 44}" text-anchor="middle">${escaped(options.horizontal)}</text>
<text transform="translate(20 ${middle.y}) rotate(-90)" text-anchor="middle">${escaped(options.vertical)}</text>
</svg>
`
}

/** Every value where they are few; else the lowest and highest of each part of half a pixel. */
function path(
  values: ArrayLike<number>,
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  const most = 2 * (area.right - area.left)
  const points: string[] = []
  const { length } = values
  if (length <= most) {
    for (let i = 0; i < length; i++) {
      points.push(`${fixed(x((i + 0.5) / length))} ${fixed(y(values[i] ?? 0))}`)
    }
  } else {
    ranges(values, most).forEach(({ low, high }, i) => {
      const at = fixed(x((i + 0.5) / most))
      const rises = (values[Math.floor(((i + 1) * length) / most) - 1] ?? 0) === high
      const [first, second] = rises ? [low, high] : [high, low]
      points.push(`${at} ${fixed(y(first))}`)
      if (low < high) points.push(`${at} ${fixed(y(second))}`)
    })
  }
  return `M${points.join('L')}`
}

/** Round numbers from 0 up to `top`, four to eight of them. */
function ticks(top: number): number[] {
  const rough = top / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10)
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => i * step)
}

function fixed(value: number): string {
  return String(Number(value.toFixed(2)))
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
