// Image files that are read and decoded as steps need them.

import { guarded } from '../../errors/index.ts'
import type { NativeDataSet, NativeImageFiles } from '../../native.ts'
import type { BlockRequest, Blocks } from '../blocks.ts'
import type { ImageRecipe } from './recipe.ts'

/** Files as a part of the data. */
export class StreamedImages implements Blocks {
  readonly sampleBytes: number
  readonly #files: NativeImageFiles
  readonly #seed: number

  constructor(files: NativeImageFiles, seed: number, recipe: ImageRecipe) {
    this.#files = files
    this.#seed = seed
    this.sampleBytes = recipe.height * recipe.width * recipe.channels
  }

  get length(): number {
    return this.#files.length
  }

  load(request: BlockRequest): Promise<NativeDataSet> {
    return guarded(this.#files.stretch(JSON.stringify({ seed: this.#seed, ...request })))
  }
}
