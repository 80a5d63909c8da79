// PNG files out of pixels: one image of bytes, grey or in red, green and blue.

import { deflateSync } from 'node:zlib'

/** Pixels row by row. */
export interface Pixels {
  readonly height: number
  readonly width: number
  /** 1: grey, 3: red, green and blue. */
  readonly channels: 1 | 3
  readonly values: Uint8Array
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

/**
 * The bytes of a PNG file.
 *
 * @example
 * ```ts
 * writeFileSync('dot.png', pngOf({ height: 1, width: 1, channels: 3, values: Uint8Array.of(255, 0, 0) }))
 * ```
 */
export function pngOf({ height, width, channels, values }: Pixels): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8)
  const line = width * channels
  const rows = Buffer.alloc(height * (line + 1)) // each row begins with its filter, none
  for (let row = 0; row < height; row++) {
    rows.set(values.subarray(row * line, (row + 1) * line), row * (line + 1) + 1)
  }
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, data: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(data.length)
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc(body))
  return Buffer.concat([size, body, check])
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** The check of ISO 3309 that PNG demands. */
function crc(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) value = (table[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8)
  return (value ^ 0xffffffff) >>> 0
}
