// Views: the changes with which a sample is looked at several times while it is measured.

import { parse } from '../config/index.ts'
import { augmentSchema, mixingOf } from '../data/index.ts'
import type { ChangeConfig } from '../data/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { Views } from './programs.ts'

/** Looking at each sample several times. */
export interface ViewOptions {
  /**
   * Test-time augmentation: each entry is the changes of one look at a sample, `[]` the sample as it
   * is; the model's outputs for all looks are averaged. Default: one look at the sample as it is.
   */
  readonly views?: readonly (readonly ChangeConfig[])[] | undefined
}

/**
 * Checked views, with every value given.
 *
 * @throws `AttuneError` `CONFIG` for changes that are none, or mix samples.
 * @example
 * ```ts
 * viewsOf([[], [flip({ horizontal: 1 })]], 'predict')
 * ```
 */
export function viewsOf(given: ViewOptions['views'], where: string): Views | undefined {
  if (given === undefined || given.length === 0) return undefined
  return given.map((changes, i) => {
    const checked = parse(augmentSchema, changes, `${where}.views.${i}`)
    if (mixingOf(checked) === undefined) return checked
    const message = `${where}.views.${i}: expected changes of one image, got mixup or cutmix`
    throw new AttuneError('CONFIG', `${message}: leave them out`)
  })
}
