// BMP files made for tests.

type Colour = readonly [red: number, green: number, blue: number]

/** An image of 24 bits a pixel. */
export function bmpBytes(
  height: number,
  width: number,
  colour: (row: number, column: number) => Colour,
): Buffer {
  const line = Math.ceil((width * 3) / 4) * 4
  const bytes = Buffer.alloc(54 + line * height)
  bytes.write('BM')
  bytes.writeUInt32LE(bytes.length, 2)
  bytes.writeUInt32LE(54, 10)
  bytes.writeUInt32LE(40, 14)
  bytes.writeInt32LE(width, 18)
  bytes.writeInt32LE(height, 22)
  bytes.writeUInt16LE(1, 26)
  bytes.writeUInt16LE(24, 28)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [red, green, blue] = colour(row, column)
      bytes.set([blue, green, red], 54 + (height - 1 - row) * line + column * 3)
    }
  }
  return bytes
}
