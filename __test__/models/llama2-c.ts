// Reads the files of llama2.c: the weights of a Llama, and the entries of its tokenizer.

import type { LlamaOptions } from '../../src/index.ts'

/** A model and its weights under the names they have here. */
export interface Checkpoint {
  readonly options: LlamaOptions
  readonly weights: Record<string, Float32Array>
}

/**
 * The weights of a `.bin` file of the first version: seven numbers, then all matrices `[out, in]`,
 * kind by kind, whose classifier is the tokens' vectors.
 */
export function readCheckpoint(bytes: Buffer): Checkpoint {
  const [width = 0, hidden = 0, layers = 0, heads = 0, keyHeads = 0, vocabulary = 0] = Array.from(
    { length: 7 },
    (_, i) => bytes.readInt32LE(4 * i),
  )
  let at = 28
  const take = (...shape: number[]): Float32Array => {
    const end = at + 4 * shape.reduce((a, b) => a * b, 1)
    const values = bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + end)
    at = end
    return new Float32Array(values)
  }
  const each = (...shape: number[]): Float32Array[] =>
    Array.from({ length: layers }, () => take(...shape))
  const size = width / heads
  const keys = keyHeads * size
  const tokens = take(vocabulary, width)
  const norm1 = each(width)
  const query = each(width, width).map((w) => transposed(halved(w, width, size), width))
  const key = each(keys, width).map((w) => transposed(halved(w, width, size), width))
  const value = each(keys, width).map((w) => transposed(w, width))
  const output = each(width, width).map((w) => transposed(w, width))
  const norm2 = each(width)
  const gate = each(hidden, width)
  const down = each(width, hidden).map((w) => transposed(w, hidden))
  const up = each(hidden, width)
  const mlp = gate.map((w, i) => transposed(Float32Array.of(...w, ...(up[i] ?? [])), width))
  const kinds = {
    'norm1.weight': norm1,
    'attention.query.weight': query,
    'attention.key.weight': key,
    'attention.value.weight': value,
    'attention.output.weight': output,
    'norm2.weight': norm2,
    'mlp.layers.0.weight': mlp,
    'mlp.layers.1.weight': down,
  }
  const blocks = Object.entries(kinds).flatMap(([name, all]) =>
    all.map((values, i) => [`blocks.${i}.${name}`, values] as const),
  )
  return {
    options: {
      vocabularySize: vocabulary,
      layers,
      heads,
      keyValueHeads: keyHeads,
      width,
      hiddenUnits: hidden,
    },
    weights: { tokens, 'norm.weight': take(width), ...Object.fromEntries(blocks) },
  }
}

/** The bytes of each entry of a tokenizer file: the longest length, then score, length and bytes. */
export function readEntries(bytes: Buffer): Buffer[] {
  const entries = []
  for (let at = 4; at < bytes.length;) {
    const length = bytes.readInt32LE(at + 4)
    entries.push(bytes.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return entries
}

/** Rows `[out, in]` as columns `[in, out]`. */
function transposed(w: Float32Array, inputs: number): Float32Array {
  const outputs = w.length / inputs
  return Float32Array.from(w, (_, i) => w[(i % outputs) * inputs + Math.floor(i / outputs)] ?? 0)
}

/** Rows whose neighbours turn together, in the order in which halves of a head do. */
function halved(w: Float32Array, inputs: number, size: number): Float32Array {
  return Float32Array.from(w, (_, i) => {
    const [row, column] = [Math.floor(i / inputs), i % inputs]
    const [head, place] = [row - (row % size), row % size]
    const theirs = place < size / 2 ? 2 * place : 2 * (place - size / 2) + 1
    return w[(head + theirs) * inputs + column] ?? 0
  })
}
