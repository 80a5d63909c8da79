// How a sentence becomes a row of `x`, saved with the weights: the tokenizer and the length of rows.

import { z } from 'zod'

import { choice, flag, options, wholeNumber } from '../../config/index.ts'
import { guard, guarded, AttuneError } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { NativeTexts } from '../../native.ts'
import type { PreparationDefinition, RawSamples } from '../preparation.ts'
import type { RowRule } from './changing-texts.ts'
import { Tokenizer } from './tokenizer.ts'

/** What is done with every text. */
export interface TextPreparation extends RowRule {
  readonly type: 'text'
  /** A `tokenizer.json`. */
  readonly tokenizer: string
  readonly addSpecialTokens: boolean
}

/** Tokenizers by the preparation that holds them. */
const made = new WeakMap<TextPreparation, Promise<Tokenizer>>()

/**
 * The tokenizer of a preparation, made once.
 *
 * @throws `AttuneError` `CORRUPT` where it is none.
 * @example
 * ```ts
 * const tokenizer = await preparedTokenizer(preparation)
 * ```
 */
export function preparedTokenizer(preparation: TextPreparation): Promise<Tokenizer> {
  const known = made.get(preparation) ?? Tokenizer.fromJson(preparation.tokenizer)
  made.set(preparation, known)
  return known
}

/** Texts. */
export const textPreparation: PreparationDefinition<TextPreparation> = {
  type: 'text',
  words: 'texts',
  schema: options({
    type: z.literal('text'),
    tokenizer: z.string(),
    length: wholeNumber(1),
    padding: wholeNumber(0),
    pad: choice(['left', 'right']),
    truncate: choice(['left', 'right']).nullable(),
    addSpecialTokens: flag(),
  }) as never,
  prepare: async (raw, preparation) => {
    const { texts, names } = await textsOf(raw)
    const tokenizer = await preparedTokenizer(preparation)
    const { length, padding, pad, truncate, addSpecialTokens } = preparation
    const sequences = await guarded(tokenizer.native.encodeAll(texts, addSpecialTokens))
    const rows = Uint32Array.from(names.keys())
    const rule = JSON.stringify({ length, padding, pad, truncate })
    const made = await guarded(sequences.rows(rows, rule))
    return { values: guard(() => made.column('x')), count: names.length, names }
  },
}

async function textsOf(raw: RawSamples): Promise<{ texts: NativeTexts; names: readonly string[] }> {
  if ('texts' in raw) {
    return { texts: guard(() => native().Texts.of([...raw.texts])), names: raw.texts }
  }
  if ('files' in raw) {
    const reading = { each: 'file', encoding: null, limits: { bytes: 1 << 30 }, skip: false }
    const labels = new Int32Array(raw.files.length)
    const read = native().Texts.read([...raw.files], labels, JSON.stringify(reading))
    return { texts: await guarded(read), names: raw.files }
  }
  const message = 'predict: expected texts, as in { texts: ["a sentence"] }'
  throw new AttuneError('DATA', `${message}, since the run was trained on texts`)
}
