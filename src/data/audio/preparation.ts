// How a sound file becomes a row of `x`, saved with the weights.

import { z } from 'zod'

import { choice, options, wholeNumber } from '../../config/index.ts'
import { AttuneError, guard, guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { PreparationDefinition } from '../preparation.ts'
import { featuresSchema } from './features.ts'
import { limitsSchema } from './limits.ts'
import type { AudioRecipe } from './recipe.ts'
import { trimSchema } from './trim.ts'

/** What `audioFolder` does with every file. */
export interface AudioPreparation extends AudioRecipe {
  readonly type: 'audio'
}

/** Sounds. */
export const audioPreparation: PreparationDefinition<AudioPreparation> = {
  type: 'audio',
  words: 'files',
  schema: options({
    type: z.literal('audio'),
    sampleRate: wholeNumber(1),
    samples: wholeNumber(1),
    trim: trimSchema.nullable(),
    features: featuresSchema,
    layout: choice(['image', 'sequence']),
    limits: limitsSchema,
  }) as never,
  prepare: async (raw, preparation) => {
    if (!('files' in raw)) {
      const message = 'predict: expected sound files, as in { files: ["a.wav"] }'
      throw new AttuneError('DATA', `${message}, since the run was trained on sounds`)
    }
    const labels = new Int32Array(raw.files.length)
    const read = await guarded(
      native().readAudioFiles([...raw.files], labels, JSON.stringify(preparation), false),
    )
    const values = guard(() => read.take().column('x'))
    return { values, count: raw.files.length, names: raw.files }
  },
}
