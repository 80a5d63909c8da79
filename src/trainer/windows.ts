// Windows: the stretch of an epoch that steps run on next, loaded ahead where it is not in memory.

import { columnsOf, isBlocks } from '../data/index.ts'
import type { Blocks, Source } from '../data/index.ts'
import { guarded } from '../errors/index.ts'
import type { NativeDataSet } from '../native.ts'
import { labelCheck } from './labels.ts'
import type { Parts } from './programs.ts'

/** Samples of an epoch in native memory. */
export interface Window {
  readonly dataset: NativeDataSet
  /** The place in the epoch of its first sample. */
  readonly begin: number
  /** The place after its last. */
  readonly end: number
  /** Whether its samples are still to be put in the order of the epoch. */
  readonly shuffle: boolean
  /** The shape of its inputs, where it is not that of the data. */
  readonly shape?: readonly number[] | undefined
}

/** Bytes of a block, of which two are held: one in use and one that is loaded meanwhile. */
const blockBytes = 32 << 20

/** A window that is loaded, or will be. */
interface Loading {
  readonly epoch: number
  readonly first: number
  readonly multiple: number
  readonly window: Promise<Window>
}

/** A part of the data as windows of its epochs. */
export class Windows {
  readonly length: number
  readonly #source: Source
  readonly #shuffle: boolean
  readonly #check: (samples: NativeDataSet) => void
  #current: Loading | undefined
  #next: Loading | undefined

  /** @param parts what the samples are for; labels that are no class of it are refused as they come. */
  constructor(source: Source, shuffle: boolean, parts: Parts) {
    this.#source = source
    this.#shuffle = shuffle
    this.#check = labelCheck(parts)
    this.length = source.length
  }

  /**
   * The window that holds sample `row` of an epoch.
   *
   * @param multiple samples of a step: no step is cut by the end of a window but an epoch's last.
   */
  async at(epoch: number, row: number, multiple: number): Promise<Window> {
    const source = this.#source
    const shuffle = this.#shuffle
    if (!isBlocks(source)) return { dataset: source, begin: 0, end: source.length, shuffle }
    const current = this.#current
    if (current?.epoch === epoch && current.multiple === multiple) {
      const held = await current.window
      if (held.begin <= row && row < held.end) return held
    }
    this.#current = this.#load(source, epoch, row, multiple)
    const window = await this.#current.window
    const more = window.end < source.length
    this.#next = more ? this.#load(source, epoch, window.end, multiple) : undefined
    return window
  }

  /** The window that begins at `first`, unless it is being loaded already. */
  #load(source: Blocks, epoch: number, first: number, multiple: number): Loading {
    const next = this.#next
    if (next?.epoch === epoch && next.first === first && next.multiple === multiple) return next
    const steps = Math.max(1, Math.floor(blockBytes / (source.sampleBytes * multiple)))
    const count = Math.min(steps * multiple, source.length - first)
    const load = async (): Promise<Window> => {
      const request = { epoch, first, count, shuffle: this.#shuffle, multiple }
      const dataset = await guarded(source.load(request), 'data')
      this.#check(dataset)
      const { shape } = columnsOf(dataset).x
      const end = first + dataset.length
      return { dataset, begin: first, end, shuffle: false, shape }
    }
    const window = load()
    window.catch(() => undefined) // whoever waits for it is told
    return { epoch, first, multiple, window }
  }
}
