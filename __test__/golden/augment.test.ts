// Changes of images beside torchvision's transforms v2: what augment.py wrote.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { augmentImages } from '../../src/index.ts'
import type { ChangeConfig } from '../../src/index.ts'
import { readTensors } from './tensors.ts'

const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, 'augment.json'), 'utf8'),
) as unknown as { name: string; change: ChangeConfig }[]
const tensors = readTensors('augment')
const shape = [1, 24, 31, 3]
const bytes = tensors['image'] as Uint8Array
const floats = Float32Array.from(bytes, (value) => value / 255)

/** Differences from the reference. */
function differences(found: ArrayLike<number>, name: string): number[] {
  const wanted = [...(tensors[name] ?? [])]
  expect(found.length).toBe(wanted.length)
  return wanted.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN)))
}

test.for(cases)('$name makes of bytes what torchvision makes of them', async (given) => {
  const { values } = await augmentImages({ values: bytes, shape }, [given.change])
  const errors = differences(values, given.name)
  // Values that lie on a whole number are cut to it or to the one before, as their last bit is.
  expect(Math.max(...errors)).toBeLessThanOrEqual(1)
  expect(errors.filter((error) => error > 0).length / errors.length).toBeLessThan(0.03)
})

const both = cases.filter(({ name }) => `${name}/floats` in tensors)

test.for(both)('$name makes of floats what torchvision makes of them', async (given) => {
  const { values } = await augmentImages({ values: floats, shape }, [given.change])
  const errors = differences(values, `${given.name}/floats`)
  expect(Math.max(...errors)).toBeLessThan(2e-6)
})

test('nothing but the image is read, and the changes are those of a place', async () => {
  const two = { values: Uint8Array.of(...bytes, ...bytes), shape: [2, 24, 31, 3] }
  const policies: ChangeConfig[] = [{ type: 'randAugment' }, { type: 'augMix' }, { type: 'elastic' }]
  const first = await augmentImages(two, policies, { seed: 4 })
  const again = await augmentImages(two, policies, { seed: 4 })
  const other = await augmentImages(two, policies, { seed: 4, epoch: 1 })
  expect(first).toEqual(again)
  expect(first.values).not.toEqual(other.values)
  expect(first.values.slice(0, bytes.length)).not.toEqual(first.values.slice(bytes.length))
  expect(two.values.slice(bytes.length)).toEqual(bytes)
})
