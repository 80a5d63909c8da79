// Labelled texts as data of a run: split, then tokenised by what the training part tells.

import { AttuneError, guard, guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { NativeDataSet, NativeTexts } from '../../native.ts'
import type { ResolvedData, Skipped } from '../define.ts'
import { splitOff } from '../split.ts'
import { ChangingTexts, changesJson } from './changing-texts.ts'
import type { RowRule } from './changing-texts.ts'
import type { TextPreparation } from './preparation.ts'
import type { ResolvedSequences } from './sequence-options.ts'
import { paddingOf, tokenizerOf } from './tokenizer.ts'

/** Texts that were read. */
export interface LabelledTexts {
  readonly texts: NativeTexts
  readonly test: NativeTexts | undefined
  readonly classes: readonly string[] | undefined
}

/** Tokens of the longest row that no config asks for. */
const mostTokens = 512
/** Different lengths of rows; each is compiled for itself. */
const mostLengths = 12

/**
 * The data of a run out of labelled texts.
 *
 * @throws `AttuneError` `CONFIG` or `DATA`.
 * @example
 * ```ts
 * const { train } = await labelledRows({ texts, test: undefined, classes }, config, 0, 'data')
 * ```
 */
export async function labelledRows(
  { texts, test, classes }: LabelledTexts,
  config: ResolvedSequences,
  seed: number,
  where: string,
): Promise<ResolvedData> {
  const numbers = numbered(texts)
  const split = splitOff(numbers, config.validation, config.validationFrom, seed, where)
  const trained = rowsOf(split.train)
  const tokenizer = await tokenizerOf(config.tokenizer, texts, trained, `${where}.tokenizer`)
  const { addSpecialTokens, bucketBy } = config
  const encode = tokenizer.native.encodeAll.bind(tokenizer.native)
  const sequences = await guarded(encode(texts, addSpecialTokens), where)
  const lengths = guard(() => sequences.lengths(trained))
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0)
  const rule: RowRule = {
    length: config.length ?? Math.max(1, Math.min(longest, mostTokens)),
    padding: paddingOf(tokenizer, config.paddingToken, where),
    pad: config.pad,
    truncate: config.truncate === 'none' ? null : config.truncate,
  }
  checkBuckets(rule.length, bucketBy, where)
  const json = JSON.stringify(rule)
  const changes = changesJson(config.augment, tokenizer, where)
  const { validation } = split
  const measured = test && (await guarded(encode(test, addSpecialTokens), `${where}.test`))
  const preparation: TextPreparation = {
    type: 'text',
    tokenizer: tokenizer.toJson(),
    ...rule,
    addSpecialTokens,
  }
  return {
    train:
      config.augment.length > 0 || bucketBy !== undefined
        ? new ChangingTexts(sequences, split.train, { ...rule, bucketBy }, changes, seed)
        : await guarded(sequences.rows(trained, json), where),
    validation: validation && (await guarded(sequences.rows(rowsOf(validation), json), where)),
    test: test && measured && (await guarded(measured.rows(all(test), json), `${where}.test`)),
    columns: { x: { dtype: 'int32', shape: [rule.length] }, y: { dtype: 'int32', shape: [] } },
    classes,
    normalisation: { shift: 0, scale: 1 },
    lengths,
    preparation,
    split: split.split,
    skipped: [texts, ...(test === undefined ? [] : [test])].flatMap(skippedOf),
  }
}

/** Each length needs a program of its own. */
function checkBuckets(length: number, bucketBy: number | undefined, where: string): void {
  const lengths = Math.ceil(length / (bucketBy ?? length))
  if (lengths <= mostLengths) return
  const message = `${where}.bucketBy: expected at least ${Math.ceil(length / mostLengths)}`
  throw new AttuneError(
    'CONFIG',
    `${message}, so that rows of up to ${length} tokens have at most ${mostLengths} lengths, got ${bucketBy}`,
  )
}

/** The numbers of texts as samples, with their classes, so that they are split as any. */
function numbered(texts: NativeTexts): NativeDataSet {
  const [x, y] = [Int32Array.from(all(texts)), texts.labels()]
  return guard(() => native().DataSet.from({ x, y }, { x: [x.length], y: [y.length] }))
}

function rowsOf(part: NativeDataSet): Uint32Array {
  return Uint32Array.from(part.column('x'))
}

/**
 * The numbers of all texts.
 *
 * @example
 * ```ts
 * all(texts) // Uint32Array [0, 1, 2]
 * ```
 */
export function all(texts: NativeTexts): Uint32Array {
  return Uint32Array.from({ length: texts.length }, (_, row) => row)
}

/**
 * What was left out of texts as they were read.
 *
 * @example
 * ```ts
 * skippedOf(texts) // [{ sample: 'a.txt', reason: '...' }]
 * ```
 */
export function skippedOf(texts: NativeTexts): Skipped[] {
  const bad = JSON.parse(texts.skipped) as { sample: string; message: string }[]
  return bad.map(({ sample, message }) => ({
    sample,
    reason: message.replace(`${sample}: `, ''),
  }))
}
