// Reading npy: magic, version, a header that says type, order and shape, then the numbers.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

import { AttuneError } from '../errors/index.ts'

/** The numbers of an npy file and their shape. */
export interface NpyArray {
  readonly values: Float64Array
  readonly shape: readonly number[]
}

type Read = (view: DataView, offset: number) => number

const types: Readonly<Record<string, readonly [bytes: number, read: Read]>> = {
  '|u1': [1, (view, at) => view.getUint8(at)],
  '|i1': [1, (view, at) => view.getInt8(at)],
  '<i2': [2, (view, at) => view.getInt16(at, true)],
  '<i4': [4, (view, at) => view.getInt32(at, true)],
  '<i8': [8, (view, at) => Number(view.getBigInt64(at, true))],
  '<f4': [4, (view, at) => view.getFloat32(at, true)],
  '<f8': [8, (view, at) => view.getFloat64(at, true)],
}

/**
 * The array in the bytes of an npy file.
 *
 * @throws `AttuneError` `CORRUPT` where it is none or cut short, `DTYPE` for other element types.
 * @example
 * ```ts
 * const { shape } = readNpy(readFileSync('images.npy'), 'images.npy')
 * ```
 */
export function readNpy(bytes: Uint8Array, name: string): NpyArray {
  const corrupt = (problem: string): AttuneError =>
    new AttuneError('CORRUPT', `${name}: ${problem}: write it again with numpy.save`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = (from: number, to: number): string =>
    Buffer.from(bytes.subarray(from, to)).toString('latin1')
  if (bytes.length < 12 || text(0, 6) !== '\u0093NUMPY') throw corrupt('it is no npy file')
  const wide = view.getUint8(6) > 1
  const begin = wide ? 12 : 10
  const data = begin + (wide ? view.getUint32(8, true) : view.getUint16(8, true))
  if (data > bytes.length) throw corrupt('the header is cut short')
  const header = text(begin, data)
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? ''
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1]
  if (sizes === undefined) throw corrupt('the header has no shape')
  if (/'fortran_order':\s*True/.test(header)) {
    throw new AttuneError(
      'DTYPE',
      `${name}: expected rows in C order: save numpy.ascontiguousarray`,
    )
  }
  const type = types[descr]
  if (type === undefined) {
    const known = Object.keys(types).join(', ')
    throw new AttuneError('DTYPE', `${name}: expected one of ${known}, got '${descr}'`)
  }
  const [width, read] = type
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number)
  const count = shape.reduce((product, size) => product * size, 1)
  if (data + count * width !== bytes.length) {
    const expected = `${count * width} bytes of [${shape.join(', ')}]`
    throw corrupt(`expected ${expected}, got ${bytes.length - data}`)
  }
  return {
    values: Float64Array.from({ length: count }, (_, i) => read(view, data + i * width)),
    shape,
  }
}
