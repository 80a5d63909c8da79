// Training texts whose rows are made anew in every epoch: changed at random, or as long as their step needs.

import { AttuneError, guarded } from '../../errors/index.ts'
import type { NativeDataSet, NativeSequences } from '../../native.ts'
import type { BlockRequest, Blocks } from '../blocks.ts'
import type { TextChangeConfig } from './changes.ts'
import { firstOf } from './tokenizer.ts'
import type { Tokenizer } from './tokenizer.ts'

/** How texts become rows, as the native side reads it. */
export interface RowRule {
  readonly length: number
  readonly padding: number
  readonly pad: 'left' | 'right'
  readonly truncate: 'left' | 'right' | null
  /** Rows of a step are as long as its longest, in a multiple of these tokens. */
  readonly bucketBy?: number | undefined
}

/** Texts held as ids; what a step needs is changed and made rows of on native threads. */
export class ChangingTexts implements Blocks {
  readonly sampleBytes: number
  readonly #sequences: NativeSequences
  readonly #samples: NativeDataSet
  readonly #rule: string
  readonly #changes: string
  readonly #seed: number

  /** @param samples the numbers of the texts, as column `x`. */
  constructor(
    sequences: NativeSequences,
    samples: NativeDataSet,
    rule: RowRule,
    changes: string,
    seed: number,
  ) {
    this.#sequences = sequences
    this.#samples = samples
    this.#rule = JSON.stringify(rule)
    this.#changes = changes
    this.#seed = seed
    this.sampleBytes = rule.length * 4
  }

  get length(): number {
    return this.#samples.length
  }

  load(request: BlockRequest): Promise<NativeDataSet> {
    const stretch = JSON.stringify({ seed: this.#seed, ...request })
    return guarded(this.#sequences.changed(this.#samples, this.#rule, this.#changes, stretch))
  }
}

/**
 * Changes as the native side reads them, with the ids of their tokens.
 *
 * @throws `AttuneError` `CONFIG` for a mask that is no token.
 * @example
 * ```ts
 * changesJson([{ type: 'maskTokens', rate: 0.1, token: '[MASK]' }], tokenizer, 'data')
 * ```
 */
export function changesJson(
  changes: readonly TextChangeConfig[],
  tokenizer: Tokenizer,
  where: string,
): string {
  const found = changes.map((change, place) => {
    if (change.type !== 'maskTokens') return change
    const names = change.token === undefined ? ['[MASK]', '[UNK]'] : [change.token]
    const mask = firstOf(tokenizer, names)
    if (mask !== undefined) return { type: change.type, rate: change.rate, mask }
    const message = `${where}.augment.${place}.token: expected a token of the tokenizer`
    throw new AttuneError('CONFIG', `${message}, which has no ${names.join(' and no ')}`)
  })
  return JSON.stringify(found)
}
