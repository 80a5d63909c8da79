// A contact sheet: samples as steps see them, images and spectrograms side by side in one picture.

import { AttuneError } from '../errors/index.ts'
import type { Preview } from '../trainer/index.ts'
import type { Pixels } from './png.ts'

/** Cells are enlarged by whole steps to at least so many pixels. */
const leastCell = 96
/** Pixels between cells, and how bright they are. */
const [gap, background] = [4, 40]

/** A picture of one sample. */
interface Cell {
  readonly height: number
  readonly width: number
  readonly channels: 1 | 3
  /** Of a row, a column and a channel: 0 to 255. */
  readonly at: (row: number, column: number, channel: number) => number
}

/**
 * The picture of some samples.
 *
 * @param isSound whether a sample is `[time, features]`, drawn with time to the right and frequency
 *   upwards.
 * @param isByte whether pixels are stored from 0 to 255.
 * @throws `AttuneError` `SHAPE` for samples that are no pictures.
 * @example
 * ```ts
 * writeFileSync('sheet.png', pngOf(contactSheet(await trainer.preview(), false, true)))
 * ```
 */
export function contactSheet(
  { x, shape }: Preview,
  isSound: boolean,
  isByte: boolean,
): Pixels & { readonly perRow: number } {
  const [count = 0, height, width, last = 1] = shape
  const channels = shape.length === 3 ? 1 : last
  if (
    height === undefined ||
    width === undefined ||
    shape.length > 4 ||
    ![1, 3, 4].includes(channels)
  ) {
    const message = `inspect data: expected images or spectrograms to draw, got samples of [${shape.slice(1).join(', ')}]`
    throw new AttuneError('SHAPE', `${message}: leave --sheet out`)
  }
  const size = height * width * channels
  const white = isByte ? whiteOf(x) : undefined
  const cells = Array.from({ length: count }, (_, i) => {
    const values = x.subarray(i * size, (i + 1) * size)
    return cellOf(values, [height, width, channels], isSound, white)
  })
  return joined(cells)
}

function cellOf(
  values: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  isSound: boolean,
  white: number | undefined,
): Cell {
  const shade = shadeOf(values, white)
  const at = (row: number, column: number, channel: number): number =>
    shade(values[(row * width + column) * channels + channel] ?? 0)
  if (!isSound) return { height, width, channels: channels === 1 ? 1 : 3, at }
  const turned: Cell['at'] = (row, column) => at(column, width - 1 - row, 0)
  return { height: width, width: height, channels: 1, at: turned }
}

/** What is white where pixels are bytes: 255, unless all of them are dark, as of the digits, 0 to 16. */
function whiteOf(x: Float32Array): number {
  const most = x.reduce((high, value) => Math.max(high, value), 1)
  return most < 64 ? most : 255
}

/** From the scale of a sample to 0 to 255: as stored, from 0 to 1, or from its least to its largest. */
function shadeOf(values: Float32Array, white: number | undefined): (value: number) => number {
  if (white !== undefined) return (value) => Math.round((value * 255) / white)
  const [least, most] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  )
  const [from, to] = least >= 0 && most <= 1 ? [0, 1] : [least, most]
  const scale = to > from ? 255 / (to - from) : 0
  return (value) => Math.round((value - from) * scale)
}

function joined(cells: readonly Cell[]): Pixels & { readonly perRow: number } {
  const perRow = Math.ceil(Math.sqrt(cells.length))
  const rows = Math.ceil(cells.length / perRow)
  const { height: cellHeight = 1, width: cellWidth = 1, channels = 1 } = cells[0] ?? {}
  const scale = Math.max(1, Math.ceil(leastCell / Math.max(cellHeight, cellWidth)))
  const [down, across] = [cellHeight * scale + gap, cellWidth * scale + gap]
  const [height, width] = [rows * down + gap, perRow * across + gap]
  const values = new Uint8Array(height * width * channels).fill(background)
  cells.forEach((cell, i) => {
    const [top, left] = [gap + Math.floor(i / perRow) * down, gap + (i % perRow) * across]
    for (let row = 0; row < cellHeight * scale; row++) {
      for (let column = 0; column < cellWidth * scale; column++) {
        const place = ((top + row) * width + left + column) * channels
        for (let channel = 0; channel < channels; channel++) {
          const [y, x] = [Math.floor(row / scale), Math.floor(column / scale)]
          values[place + channel] = cell.at(y, x, channel)
        }
      }
    }
  })
  return { height, width, channels, values, perRow }
}
