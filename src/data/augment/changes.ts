// The list of random changes of images, and what the native program reads of them.

import { z } from 'zod'

import { show, union } from '../../config/index.ts'
import { AttuneError } from '../../errors/index.ts'
import type { TensorType } from '../../tensor/index.ts'
import { cropSchema } from './crop.ts'
import type { CropConfig } from './crop.ts'
import { flipSchema } from './flip.ts'
import type { FlipConfig } from './flip.ts'
import { rotateSchema } from './rotate.ts'
import type { RotateConfig } from './rotate.ts'
import { saltAndPepperSchema } from './salt-and-pepper.ts'
import type { SaltAndPepperConfig } from './salt-and-pepper.ts'

/** Every change by its type. */
export interface ChangeConfigs {
  crop: CropConfig
  flip: FlipConfig
  rotate: RotateConfig
  saltAndPepper: SaltAndPepperConfig
}

/** The config of any change. */
export type ChangeConfig = ChangeConfigs[keyof ChangeConfigs]

const schemas: { readonly [Type in keyof ChangeConfigs]: z.ZodType } = {
  crop: cropSchema,
  flip: flipSchema,
  rotate: rotateSchema,
  saltAndPepper: saltAndPepperSchema,
}

/** The schema of `augment`: changes in the order in which they are made, noise last. */
export const augmentSchema: z.ZodType<readonly ChangeConfig[], readonly ChangeConfig[]> = z
  .array(union<ChangeConfig>('change', schemas), {
    error: ({ input }) => `expected an array of changes, got ${show(input)}`,
  })
  .refine(noiseLast, {
    error: '`saltAndPepper` stands before a change of place: put it last',
  })

/**
 * The changes with every value given, for images of this type.
 *
 * @throws `AttuneError` `SHAPE` where the samples are no images, `DTYPE` for `int32`.
 * @example
 * ```ts
 * changesOf([flip({ horizontal: 0.5 })], { dtype: 'uint8', shape: [28, 28, 1] })
 * ```
 */
export function changesOf(
  changes: readonly ChangeConfig[],
  { dtype, shape }: TensorType,
): ChangeConfig[] {
  if (shape.length !== 3) {
    const message = `augment: expected images [height, width, channels], got [${shape.join(', ')}]`
    throw new AttuneError('SHAPE', `${message}: leave augment out`)
  }
  if (dtype === 'int32') {
    throw new AttuneError('DTYPE', 'augment: expected images of float32 or uint8, got int32')
  }
  const salt = dtype === 'uint8' ? 255 : 1
  return changes.map((change) => (change.type === 'saltAndPepper' ? { salt, ...change } : change))
}

function noiseLast(changes: readonly ChangeConfig[]): boolean {
  const noise = changes.map(({ type }) => type === 'saltAndPepper')
  return !noise.some((is, i) => is && noise[i + 1] === false)
}
