// Random changes of images by hand.

import { parse, wholeNumber } from '../../config/index.ts'
import { AttuneError, guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import { augmentSchema, changesOf, mixingOf } from './changes.ts'
import type { ChangeConfig } from './changes.ts'

/** Images in memory. */
export interface Images {
  /** Row by row, image after image: 0 to 255, or floats from 0 to 1. */
  readonly values: Uint8Array | Float32Array
  /** `[count, height, width, channels]`. */
  readonly shape: readonly number[]
}

/** What decides the changes. */
export interface AugmentImagesOptions {
  /** Default: 0. */
  readonly seed?: number | undefined
  /** Default: 0. */
  readonly epoch?: number | undefined
}

/**
 * Images changed at random, as a run changes them: a function of seed, epoch and place.
 *
 * @throws `AttuneError` `CONFIG` for changes that are none, or mix samples; `SHAPE` or `DATA` for
 *   images that are none.
 * @example
 * ```ts
 * const { values } = await augmentImages(images, [flip(), randAugment()], { seed: 1 })
 * ```
 */
export async function augmentImages(
  { values, shape }: Images,
  changes: readonly ChangeConfig[],
  { seed = 0, epoch = 0 }: AugmentImagesOptions = {},
): Promise<Images> {
  const checked = parse(augmentSchema, changes, 'augmentImages')
  if (mixingOf(checked) !== undefined) {
    const message = 'augmentImages: mixup and cutmix mix the samples of a batch with their targets'
    throw new AttuneError('CONFIG', `${message}: give them to a run`)
  }
  const draw = {
    seed: parse(wholeNumber(0), seed, 'augmentImages.seed'),
    epoch: parse(wholeNumber(0), epoch, 'augmentImages.epoch'),
    first: 0,
  }
  const dtype = values instanceof Float32Array ? 'float32' : 'uint8'
  const own = JSON.stringify(changesOf(checked, { dtype, shape: shape.slice(1) }))
  const changed = native().augmentImages(values, [...shape], own, draw)
  return { values: await guarded(changed, 'augmentImages'), shape }
}
