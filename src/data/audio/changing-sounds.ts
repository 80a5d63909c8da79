// The training part of a folder whose sounds are changed at random in every epoch.

import { guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { NativeDataSet } from '../../native.ts'
import { elements } from '../../tensor/index.ts'
import type { BlockRequest, Blocks } from '../blocks.ts'
import type { AudioChangeConfig } from './changes.ts'
import type { AudioRecipe } from './recipe.ts'

/** Sounds held as samples; their features are computed as steps need them, on native threads. */
export class ChangingSounds implements Blocks {
  readonly sampleBytes: number
  readonly #waves: NativeDataSet
  readonly #recipe: string
  readonly #changes: string
  readonly #seed: number

  /**
   * @param waves samples as `recipe` brings them to one rate and length, with their labels.
   * @param shape of one row of features.
   */
  constructor(
    waves: NativeDataSet,
    recipe: AudioRecipe,
    changes: readonly AudioChangeConfig[],
    seed: number,
    shape: readonly number[],
  ) {
    this.#waves = waves
    this.#recipe = JSON.stringify(recipe)
    this.#changes = JSON.stringify(changes)
    this.#seed = seed
    this.sampleBytes = elements(shape) * 4
  }

  get length(): number {
    return this.#waves.length
  }

  load(request: BlockRequest): Promise<NativeDataSet> {
    const stretch = JSON.stringify({ seed: this.#seed, ...request })
    return guarded(native().epochAudio(this.#waves, this.#recipe, this.#changes, stretch))
  }
}

/**
 * The features of sounds as they are, in their order.
 *
 * @example
 * ```ts
 * const validation = await plainFeatures(waves, recipe)
 * ```
 */
export function plainFeatures(waves: NativeDataSet, recipe: AudioRecipe): Promise<NativeDataSet> {
  const all = { seed: 0, epoch: 0, first: 0, count: waves.length, shuffle: false }
  return guarded(native().epochAudio(waves, JSON.stringify(recipe), '[]', JSON.stringify(all)))
}
