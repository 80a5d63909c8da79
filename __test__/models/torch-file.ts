// Reads the float tensors of a file that PyTorch wrote before 1.6: five pickles, then one block a tensor.
//
// Of pickle only the opcodes of such files are known, and a global is a name: nothing is called.

/** A tensor as it is stored, row by row. */
export interface Stored {
  readonly values: Float32Array
  readonly shape: readonly number[]
}

interface Reference {
  readonly storage: string
  readonly shape: readonly number[]
}

/** The tensors of the file's `state_dict`, by name. */
export function readTorchFile(bytes: Buffer): Record<string, Stored> {
  const reader = new Pickle(bytes)
  const [, , , saved, keys] = Array.from({ length: 5 }, () => reader.next())
  const { state_dict: tensors } = saved as { state_dict: Record<string, Reference> }
  const storages = new Map<string, Float32Array>()
  for (const key of keys as string[]) storages.set(key, reader.floats())
  const found = Object.entries(tensors).map(([name, { storage, shape }]) => {
    const values = storages.get(storage) ?? new Float32Array()
    return [name, { values, shape }] as const
  })
  return Object.fromEntries(found)
}

const mark = Symbol('mark')

/** A pickle machine of protocol 2 without the power to call anything. */
class Pickle {
  #at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The next block of floats, led by their number. */
  floats(): Float32Array {
    const count = Number(this.#bytes.readBigInt64LE(this.#at))
    const from = this.#bytes.byteOffset + this.#at + 8
    this.#at += 8 + 4 * count
    return new Float32Array(this.#bytes.buffer.slice(from, from + 4 * count))
  }

  /** The value of the next pickle. */
  next(): unknown {
    const stack: unknown[] = []
    const memo = new Map<number, unknown>()
    const marked = (): unknown[] => stack.splice(stack.lastIndexOf(mark)).slice(1)
    for (;;) {
      const opcode = String.fromCharCode(this.#byte())
      switch (opcode) {
        case '.':
          return stack.pop()
        case '\u0080': // PROTO
          this.#byte()
          break
        case '}':
          stack.push({})
          break
        case ']':
          stack.push([])
          break
        case ')':
          stack.push([])
          break
        case '(':
          stack.push(mark)
          break
        case 'N':
          stack.push(null)
          break
        case '\u0088': // NEWTRUE
          stack.push(true)
          break
        case '\u008a': // LONG1
          stack.push(this.#take(this.#byte()))
          break
        case 'G':
          stack.push(this.#take(8).readDoubleBE())
          break
        case 'K':
          stack.push(this.#byte())
          break
        case 'M':
          stack.push(this.#take(2).readUInt16LE())
          break
        case 'X':
          stack.push(this.#take(this.#take(4).readUInt32LE()).toString('utf8'))
          break
        case 'c':
          stack.push(`${this.#line()}.${this.#line()}`)
          break
        case 'q':
          memo.set(this.#byte(), stack.at(-1))
          break
        case 'r':
          memo.set(this.#take(4).readUInt32LE(), stack.at(-1))
          break
        case 'h':
          stack.push(memo.get(this.#byte()))
          break
        case 't':
          stack.push(marked())
          break
        case '\u0085': // TUPLE1
          stack.push(stack.splice(-1))
          break
        case '\u0086': // TUPLE2
          stack.push(stack.splice(-2))
          break
        case 'Q': // a storage: kind, element type, key, device, number, view
          stack.push((stack.pop() as unknown[])[2])
          break
        case 'R':
          stack.push(made(...(stack.splice(-2) as [string, unknown[]])))
          break
        case 'e':
          {
            const values = marked()
            ;(stack.at(-1) as unknown[]).push(...values)
          }
          break
        case 'u':
          {
            const pairs = marked()
            const target = stack.at(-1) as Record<string, unknown>
            for (let i = 0; i < pairs.length; i += 2) target[pairs[i] as string] = pairs[i + 1]
          }
          break
        default:
          throw new Error(`an opcode that such files have not: ${opcode}`)
      }
    }
  }

  #byte(): number {
    return this.#bytes.readUInt8(this.#at++)
  }

  #take(count: number): Buffer {
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  #line(): string {
    const end = this.#bytes.indexOf('\n', this.#at)
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end + 1
    return text
  }
}

/** What two known globals make of their arguments. */
function made(name: string, args: readonly unknown[]): unknown {
  if (name === 'collections.OrderedDict') return {}
  if (name !== 'torch._utils._rebuild_tensor') throw new Error(`an unknown global: ${name}`)
  const [storage, , shape] = args
  return { storage, shape }
}
