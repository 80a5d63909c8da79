// Image files and their sizes beside Pillow and torchvision: what images.py wrote.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { imageFolder, readImage, resolveData } from '../../src/data/index.ts'
import type { ImageFolderOptions } from '../../src/data/index.ts'
import type { NativeDataSet } from '../../src/native.ts'
import { readTensors } from './tensors.ts'

interface Cases {
  files: { name: string; exact: boolean; height: number; width: number }[]
  sizes: { name: string; options: Pick<ImageFolderOptions, 'size'> }[]
}

const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, 'images.json'), 'utf8'),
) as unknown as Cases
const tensors = readTensors('images')
const folder = join(import.meta.dirname, 'images')

/** The largest and the mean difference. */
function difference(found: ArrayLike<number>, name: string): { most: number; mean: number } {
  const wanted = [...(tensors[name] ?? [])]
  if (found.length !== wanted.length || found.length === 0) return { most: NaN, mean: NaN }
  const errors = wanted.map((x, i) => Math.abs(x - (found[i] ?? Number.NaN)))
  return {
    most: Math.max(...errors),
    mean: errors.reduce((sum, x) => sum + x, 0) / errors.length,
  }
}

test.for(cases.files)('$name is read as Pillow reads it', async ({ name, exact, height, width }) => {
  for (const channels of [3, 1] as const) {
    // eslint-disable-next-line no-await-in-loop
    const { values, shape } = await readImage(join(folder, name), { channels })
    expect(shape).toEqual([height, width, channels])
    const { most, mean } = difference(values, `${name}/${channels}`)
    // Standards of lossy kinds leave the last bits of the transform and the filters of chroma open.
    expect(most).toBeLessThanOrEqual(exact ? 0 : 6)
    expect(mean).toBeLessThanOrEqual(exact ? 0 : 0.6)
  }
})

test.for(cases.sizes)('$name is what Pillow makes of it', async ({ name, options }) => {
  const from = { root: join(folder, 'sizes'), label: '(sizes)', validation: 0 }
  const { train } = await resolveData(imageFolder({ ...from, ...options }))
  const { most, mean } = difference((train as NativeDataSet).column('x'), name)
  // Pillow rounds its weights to 22 bits, which leaves a level or two open.
  expect(most).toBeLessThanOrEqual(2)
  expect(mean).toBeLessThan(0.2)
})

test('how opaque a pixel is comes as the fourth channel', async () => {
  const { values } = await readImage(join(folder, 'rgba.png'), { channels: 4 })
  expect([values[3], values[7], values.at(-1)]).toEqual([0, 0, 255])
  const plain = await readImage(join(folder, 'rgb.png'), { channels: 4 })
  expect(plain.values[3]).toBe(255)
})
