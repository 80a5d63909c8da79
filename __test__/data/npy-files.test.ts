// Arrays as NumPy saves them, as samples of a run.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import {
  accuracy,
  adam,
  crossEntropy,
  dense,
  flatten,
  npyFiles,
  resolveData,
  sequential,
  Trainer,
} from '../../src/index.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-npy-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A .npy file as NumPy writes it. */
async function save(
  name: string,
  descr: string,
  shape: readonly number[],
  values: Float64Array | BigInt64Array | Uint8Array,
): Promise<string> {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`
  const header = `${dict.padEnd(117)}\n`
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0])
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  const path = join(folder, name)
  await writeFile(path, Buffer.concat([start, Buffer.from(header, 'latin1'), bytes]))
  return path
}

const archive = join(import.meta.dirname, '../../crates/data/src/npz/cases/deflated.npz')

test('float64 becomes float32 and int64 labels become int32', async () => {
  const x = await save('x.npy', '<f8', [4, 2], Float64Array.of(0, 1, 2, 3, 4, 5, 6, 0.1))
  const y = await save('y.npy', '<i8', [4], BigInt64Array.of(1n, 0n, 1n, 2n))
  const data = await resolveData(npyFiles({ x, y, validation: 1, validationFrom: 'last' }))
  expect(data.columns).toEqual({
    x: { dtype: 'float32', shape: [2] },
    y: { dtype: 'int32', shape: [] },
  })
  expect(data.train.column('x')).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5))
  expect(data.validation?.column('x')).toEqual(Float32Array.of(6, Math.fround(0.1)))
  expect(data.train.column('y')).toEqual(Int32Array.of(1, 0, 1))
})

test('members of an archive are inputs, labels and test samples', async () => {
  const pair = { x: 'x', y: 'y' }
  const data = await resolveData(npyFiles({ archive, ...pair, validation: 0, test: pair }))
  expect(data.train.column('x')).toEqual(Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5))
  expect(data.test?.column('y')).toEqual(Int32Array.of(0, 1, 2))
})

test('a run trains on arrays of pixels', async () => {
  const pixels = Uint8Array.from(
    { length: 60 * 16 },
    (_, i) => (Math.floor(i / 16) % 3) * 100 + (i % 16),
  )
  const labels = BigInt64Array.from({ length: 60 }, (_, i) => BigInt(i % 3))
  const x = await save('pixels.npy', '|u1', [60, 4, 4, 1], pixels)
  const y = await save('labels.npy', '<i8', [60], labels)
  const trainer = new Trainer({
    model: sequential([flatten(), dense({ units: 3 })]),
    data: npyFiles({ x, y, validation: 0.2, validationFrom: 'stratified', normalise: 'standard' }),
    loss: crossEntropy(),
    metrics: [accuracy()],
    optimizer: adam({ learningRate: 0.05 }),
    epochs: 40,
    seed: 0,
  })
  await trainer.fit()
  expect((await trainer.evaluate('validation')).metrics['accuracy']).toBe(1)
})

test.each([
  [
    { archive, x: 'x', y: 'z' },
    'CONFIG',
    /y: .*deflated\.npz: expected one of its arrays x, y, came "z"/,
  ],
  [{ x: archive, y: archive }, 'CONFIG', /an archive of x, y: name one of them/],
  [{ x: 'no/such.npy', y: archive }, 'IO', /^data: x: no\/such\.npy: could not read it/],
  [
    { archive, x: 'x', y: 'y', classes: ['a', 'b'] },
    'DATA',
    /^data: y: expected labels from 0 to 1 /,
  ],
  [{ archive, x: 'x', y: 'y', test: { x: 'y', y: 'y' } }, 'SHAPE', /^data: test: expected samples/],
  [{ x: 'x.npy' }, 'CONFIG', /^data\.y: expected the place of the targets, got nothing/],
])('%j is refused by its code', async (given, code, message) => {
  await expect(resolveData(npyFiles(given as never))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  })
})
