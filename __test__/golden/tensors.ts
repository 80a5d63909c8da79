// Reads the tensors of a golden file.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Float32Array | Int32Array | Uint8Array>>

const arrays = { F32: Float32Array, I32: Int32Array, U8: Uint8Array }

/** The tensors of a safetensors file of this folder. */
export function readTensors(name: string): Tensors {
  const bytes = readFileSync(join(import.meta.dirname, `${name}.safetensors`))
  const data = 8 + Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, data)) as Record<
    string,
    { dtype: keyof typeof arrays; data_offsets: [number, number] }
  >
  const tensors = Object.entries(header).map(([key, { dtype, data_offsets: [from, to] }]) => {
    const copy = bytes.buffer.slice(bytes.byteOffset + data + from, bytes.byteOffset + data + to)
    return [key, new arrays[dtype](copy)] as const
  })
  return Object.fromEntries(tensors)
}
