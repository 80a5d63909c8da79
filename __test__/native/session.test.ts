// The binding itself: what crosses the border, what is refused at it, and what a session leaves behind.
import { readdirSync } from 'node:fs'
import { mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { native } from '../../src/native.ts'
import type { NativeSession, RunRequest, RunResult } from '../../src/native.ts'

const weight = {
  name: 'weight',
  shape: [2, 3],
  trainable: true,
  initializer: { type: 'normal', mean: 0, deviation: 1 },
}

/** y = x weight, (2, 2) x (2, 3) -> (2, 3) */
const product = (feed: 'direct' | 'rows'): string =>
  JSON.stringify({
    name: 'product',
    feed,
    nodes: [
      { leaf: 'input', name: 'x', dtype: 'float32', shape: [2, 2], inputs: [], path: '' },
      { leaf: 'state', name: 'weight', shape: [2, 3], inputs: [], path: 'layers.0' },
      {
        op: 'matMul',
        transposeA: false,
        transposeB: false,
        inputs: [
          [0, 0],
          [1, 0],
        ],
        path: 'layers.0',
      },
    ],
    outputs: [{ name: 'y', value: [2, 0] }],
    assigns: [],
    loss: null,
    update: null,
  })

const session = (seed = 0): NativeSession => {
  const made = new (native().Session)({ threads: 2, seed })
  made.declare(JSON.stringify([weight]))
  return made
}

const run = (on: NativeSession, program: number, request: RunRequest): Promise<RunResult> =>
  new Promise((resolve, reject) => {
    on.run(program, request, (error, result) => {
      if (result === null) reject(error as Error)
      else resolve(result)
    })
  })

const once = (x: Float32Array | Int32Array | Uint8Array): RunRequest => ({
  steps: 1,
  firstStep: 0,
  inputs: { x },
})

const identity = (): Float32Array => Float32Array.of(1, 0, 0, 1)

describe('a run', () => {
  test('gives the product of the input and the state', async () => {
    const on = session()
    on.write('weight', Float32Array.of(1, 2, 3, 4, 5, 6))
    const { outputs, steps, halted, cancelled } = await run(
      on,
      on.compile(product('direct')),
      once(Float32Array.of(1, 1, 2, 0)),
    )
    expect([...outputs.y!]).toEqual([5, 7, 9, 2, 4, 6])
    expect({ steps, halted, cancelled }).toEqual({ steps: 1, halted: false, cancelled: false })
  })

  test('gathers rows as they lie, from a position on, or in the order of an epoch', async () => {
    const on = session()
    on.write('weight', Float32Array.of(1, 0, 0, 0, 1, 0))
    const program = on.compile(product('rows'))
    const dataset = native().DataSet.from({ x: Float32Array.of(0, 0, 1, 1, 2, 2, 3, 3) }, { x: [4, 2] })
    const rows = async (request: Partial<RunRequest>): Promise<number[]> => {
      const { outputs } = await run(on, program, { steps: 2, firstStep: 0, dataset, ...request })
      return [...outputs.y!].filter((_, i) => i % 3 === 0)
    }
    expect(await rows({})).toEqual([0, 1, 2, 3])
    expect(await rows({ steps: 1, first: 2 })).toEqual([2, 3])
    const epochs: number[][] = []
    for (const epoch of [0, 1, 2, 3]) epochs.push(await rows({ shuffle: true, epoch }))
    for (const order of epochs) expect(order.toSorted()).toEqual([0, 1, 2, 3])
    expect(new Set(epochs.map(String)).size).toBeGreaterThan(1)
    expect(await rows({ shuffle: true, epoch: 0 })).toEqual(epochs[0])
  })

  test('stops after the step it is in when cancelled', async () => {
    const on = session()
    const running = run(on, on.compile(product('direct')), { ...once(identity()), steps: 1e6 })
    on.cancel()
    const { cancelled, steps, outputs } = await running
    expect(cancelled).toBe(true)
    expect(steps).toBeLessThan(1e6)
    expect(outputs.y).toHaveLength(6 * steps)
  })

  test('copies its inputs, so changing them afterwards changes nothing', async () => {
    const on = session()
    on.write('weight', Float32Array.of(1, 0, 0, 0, 1, 0))
    const x = Float32Array.of(1, 2, 3, 4)
    const running = run(on, on.compile(product('direct')), once(x))
    x.fill(9)
    structuredClone(x, { transfer: [x.buffer] })
    expect([...(await running).outputs.y!]).toEqual([1, 2, 0, 3, 4, 0])
  })
})

describe('refused with a code, and the session lives', () => {
  const detached = (): Float32Array => {
    const array = new Float32Array(4)
    structuredClone(array, { transfer: [array.buffer] })
    return array
  }
  const cases: [string, RunRequest, string, RegExp][] = [
    ['a detached ArrayBuffer', once(detached()), 'DATA', /x: its ArrayBuffer is detached/],
    ['another element type', once(new Int32Array(4)), 'DTYPE', /expected float32, came int32/],
    ['an array that is none', once([1, 2] as never), 'DTYPE', /x: expected a typed array/],
    ['too few elements', once(new Float32Array(3)), 'SHAPE', /expected 16 bytes, got 12/],
    ['an input that is missing', { steps: 1, firstStep: 0 }, 'DATA', /`x` is not fed/],
    ['a fraction of a step', { ...once(identity()), steps: 1.5 }, 'CONFIG', /steps: .* got 1.5/],
    ['NaN steps', { ...once(identity()), steps: NaN }, 'CONFIG', /steps: .* got NaN/],
    ['2^53 steps', { ...once(identity()), steps: 2 ** 53 }, 'CONFIG', /steps: .* got 9007199254740992/],
    ['more results than memory', { ...once(identity()), steps: 2 ** 52 }, 'MEMORY', /fewer steps/],
  ]
  test.each(cases)('%s', async (_, request, code, message) => {
    const on = session()
    const program = on.compile(product('direct'))
    await expect(run(on, program, request)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
    const { outputs } = await run(on, program, once(identity()))
    expect([...outputs.y!]).toEqual([...on.read('weight')])
  })

  test('a second run at once', async () => {
    const on = session()
    const program = on.compile(product('direct'))
    const running = run(on, program, { ...once(identity()), steps: 100_000 })
    await expect(run(on, program, once(identity()))).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/in progress/),
    })
    expect((await running).steps).toBe(100_000)
  })

  test('states beyond the memory limit', () => {
    const small = new (native().Session)({ memoryLimit: 1000 })
    const states = JSON.stringify([{ ...weight, shape: [1000] }])
    expect(() => small.declare(states)).toThrow(expect.objectContaining({ code: 'MEMORY' }))
  })

  test.each([
    ['JSON that is none', 'nodes', 'CONFIG'],
    ['an op that there is not', JSON.stringify([{ op: 'matmull', inputs: [], path: '' }]), 'CONFIG'],
    ['a node that uses a later one', JSON.stringify([{ op: 'relu', inputs: [[1, 0]], path: '' }]), 'CONFIG'],
  ])('%s', (_, nodes, code) => {
    const program = `{"name":"p","nodes":${nodes}}`
    expect(() => session().compile(program)).toThrow(expect.objectContaining({ code }))
  })
})

describe('weights on disk', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attune-native-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('come back bit by bit, with their metadata', () => {
    const file = join(folder, 'weights.safetensors')
    const [saved, other] = [session(1), session(2)]
    expect(saved.read('weight')).not.toEqual(other.read('weight'))
    saved.save(file, '{"config":"{}"}')
    expect(JSON.parse(other.load(file))).toEqual({ config: '{}' })
    expect(other.read('weight')).toEqual(saved.read('weight'))
  })

  test('that were cut short are refused and change nothing', async () => {
    const file = join(folder, 'short.safetensors')
    const on = session()
    on.save(file, '{}')
    await truncate(file, 40)
    const before = on.read('weight')
    expect(() => on.load(file)).toThrow(expect.objectContaining({ code: 'CORRUPT' }))
    expect(on.read('weight')).toEqual(before)
  })

  test('in a folder that is not there are refused', () => {
    const file = join(folder, 'absent', 'weights.safetensors')
    expect(() => session().save(file, '{}')).toThrow(expect.objectContaining({ code: 'IO' }))
    expect(() => session().load(file)).toThrow(expect.objectContaining({ code: 'IO' }))
  })
})

test.runIf(process.platform === 'linux')('sessions made and dropped leave no threads', async () => {
  const threads = (): number => readdirSync('/proc/self/task').length
  const used = session()
  await run(used, used.compile(product('direct')), once(identity()))
  const before = threads()
  const unused = Array.from({ length: 500 }, () => session())
  for (const on of unused) on.compile(product('direct'))
  expect(threads()).toBeLessThanOrEqual(before)
})
