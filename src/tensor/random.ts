// Random numbers of a place: Philox-4x32-10 (Salmon et al. 2011), keyed by seed, epoch and index. They
// are drawn here and not natively, since functions of one's own ask for one number at a time.

const rounds = 10

/**
 * Numbers from 0 on and below 1 that depend on nothing but their place.
 *
 * @param place whole numbers below 2^53 that tell places apart, such as an epoch and an index.
 * @example
 * ```ts
 * const random = randomAt(0, [epoch, index])
 * const shift = random() - 0.5
 * ```
 */
export function randomAt(seed: number, place: readonly number[]): () => number {
  let key: readonly [number, number] = halves(seed)
  for (const part of place) {
    const [low, high] = halves(part)
    const [a, b] = philox([low, high, 0, 0], key)
    key = [a, b]
  }
  let drawn = 0
  let block: readonly number[] = []
  return () => {
    if (drawn % 4 === 0) block = philox([drawn / 4, 0, 0, 1], key)
    const bits = block[drawn++ % 4] ?? 0
    return (bits >>> 0) / 2 ** 32
  }
}

function halves(value: number): readonly [number, number] {
  return [value >>> 0, Math.floor(value / 2 ** 32) >>> 0]
}

type Block = readonly [number, number, number, number]

function philox(counter: Block, [k0, k1]: readonly [number, number]): Block {
  let [a, b, c, d] = counter
  let [low, high] = [k0, k1]
  for (let round = 0; round < rounds; round++) {
    const [first, second] = [product(0xd2511f53, a), product(0xcd9e8d57, c)]
    ;[a, b, c, d] = [second[1] ^ b ^ low, second[0], first[1] ^ d ^ high, first[0]]
    low = (low + 0x9e3779b9) | 0
    high = (high + 0xbb67ae85) | 0
  }
  return [a, b, c, d]
}

/** The low and the high 32 bits of a product of two 32-bit numbers. */
function product(x: number, y: number): readonly [low: number, high: number] {
  const [xl, xh] = [x & 0xffff, x >>> 16]
  const [yl, yh] = [y & 0xffff, y >>> 16]
  const middle = xh * yl + ((xl * yl) >>> 16)
  const carried = xl * yh + (middle & 0xffff)
  const high = xh * yh + Math.floor(middle / 0x10000) + Math.floor(carried / 0x10000)
  return [Math.imul(x, y), high | 0]
}
