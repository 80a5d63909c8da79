// How an image file becomes a row of `x`, saved with the weights.

import { z } from 'zod'

import { choice, flag, options, wholeNumber } from '../../config/index.ts'
import { AttuneError, guard, guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { PreparationDefinition } from '../preparation.ts'
import { imageLimitsSchema } from './limits.ts'
import { channelsSchema } from './read-image.ts'
import type { ImageRecipe } from './recipe.ts'

/** What `imageFolder` does with every file. */
export interface ImagePreparation extends ImageRecipe {
  readonly type: 'image'
}

/** Images. */
export const imagePreparation: PreparationDefinition<ImagePreparation> = {
  type: 'image',
  words: 'files',
  schema: options({
    type: z.literal('image'),
    height: wholeNumber(1),
    width: wholeNumber(1),
    channels: channelsSchema,
    fit: choice(['stretch', 'crop', 'pad']),
    resize: wholeNumber(1).nullable(),
    fill: wholeNumber(0).max(255),
    interpolation: choice(['nearest', 'bilinear', 'bicubic', 'area', 'lanczos']),
    antialias: flag(),
    orient: flag(),
    limits: imageLimitsSchema,
  }) as never,
  prepare: async (raw, preparation) => {
    if (!('files' in raw)) {
      const message = 'predict: expected image files, as in { files: ["a.png"] }'
      throw new AttuneError('DATA', `${message}, since the run was trained on images`)
    }
    const labels = new Int32Array(raw.files.length)
    const images = guard(() =>
      native().ImageFiles.from([...raw.files], labels, JSON.stringify(preparation)),
    )
    const read = await guarded(images.read(false))
    const values = guard(() => read.take().column('x'))
    return { values, count: raw.files.length, names: raw.files }
  },
}
