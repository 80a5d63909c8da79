// Windows over texts for language models: the tokens of a window, and each one's next.

import { z } from 'zod'

import {
  choice,
  list,
  number,
  oneOf,
  options,
  show,
  text,
  wholeNumber,
} from '../../config/index.ts'
import { AttuneError, guard, guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { NativeDataSet, NativeTexts } from '../../native.ts'
import type { DataDefinition, ResolvedData } from '../define.ts'
import { onBadSample } from '../on-bad-sample.ts'
import type { OnBadSample } from '../on-bad-sample.ts'
import { all, skippedOf } from './labelled-texts.ts'
import { textLimits } from './limits.ts'
import type { TextLimits } from './limits.ts'
import { firstOf, tokenizerOf } from './tokenizer.ts'
import type { Tokenizer } from './tokenizer.ts'
import { bytePairs, tokenizerSchema } from './tokenizers.ts'
import type { TokenizerConfig } from './tokenizers.ts'

/** Options of all windows over texts. */
export interface WindowOptions {
  /** Made of the training part, or read from a file. */
  readonly tokenizer?: TokenizerConfig | undefined
  /** Tokens of a window, at least 1. */
  readonly length: number
  /** Tokens from the beginning of a window to that of the next. Default: `length`. */
  readonly stride?: number | undefined
  /** A token that is put behind every text, such as `<|endoftext|>`. Default: none. */
  readonly endToken?: string | undefined
  /** The share of the characters that is kept aside, from 0 and below 1. Default: 0.1. */
  readonly validation?: number | undefined
  /** Where they are taken from. Default: `last`. */
  readonly validationFrom?: 'first' | 'last' | undefined
}

/** Options of `textWindows`. */
export interface TextWindowsOptions extends WindowOptions {
  /** The text files, one after another, gzipped or not. */
  readonly files: string | readonly string[]
  /** Files to measure with after training. Default: none. */
  readonly test?: string | readonly string[] | undefined
  /** Default: `bytePairs()`. */
  readonly tokenizer?: TokenizerConfig | undefined
  /** What is a text of its own: the whole file, or every line that is not blank. Default: `file`. */
  readonly each?: 'file' | 'line' | undefined
  /** The name of an encoding, such as `windows-1252`. Default: told by the file, else UTF-8. */
  readonly encoding?: string | undefined
  /** What a text that cannot be used does: `skip` leaves it out and says so. Default: `error`. */
  readonly onBadSample?: OnBadSample | undefined
  /** What a file may at most be. */
  readonly limits?: TextLimits | undefined
}

/** The config of `textWindows`. */
export interface TextWindowsConfig extends TextWindowsOptions {
  readonly type: 'textWindows'
}

/** What is filled in of `WindowOptions`. */
export interface ResolvedWindows {
  readonly tokenizer: TokenizerConfig
  readonly length: number
  readonly stride?: number | undefined
  readonly endToken?: string | undefined
  readonly validation: number
  readonly validationFrom: 'first' | 'last'
}

type ResolvedTextWindows = ResolvedWindows & {
  readonly type: 'textWindows'
  readonly files: string | readonly string[]
  readonly test?: string | readonly string[] | undefined
  readonly each: 'file' | 'line'
  readonly encoding?: string | undefined
  readonly onBadSample: OnBadSample
  readonly limits: Required<TextLimits>
}

/**
 * Windows over all texts one after another: `x` int32 `[length]`, ids of tokens, and `y` int32
 * `[length]`, the ids one token later, for `crossEntropy` over the scores of a causal model. What is
 * too short for a last window is left out. The tokenizer is made of the training part alone.
 *
 * @throws `AttuneError`, when a run begins: `IO`, `DATA` or `CORRUPT` naming the file.
 * @example
 * ```ts
 * textWindows({ files: 'input.txt', tokenizer: bytePairs({ vocabularySize: 4096 }), length: 256 })
 * ```
 */
export function textWindows(given: TextWindowsOptions): TextWindowsConfig {
  return { type: 'textWindows', ...given }
}

/** The fields of `WindowOptions` but for the tokenizer. */
export const windowFields: Readonly<
  Record<'length' | 'stride' | 'endToken' | 'validation' | 'validationFrom', z.ZodType>
> = {
  length: wholeNumber(1),
  stride: wholeNumber(1).optional(),
  endToken: text('a token').optional(),
  validation: number({ from: 0, below: 1 }).default(0.1),
  validationFrom: choice(['first', 'last']).default('last'),
}

const paths = oneOf('the path of a file, or an array of them', [
  text('the path of a file'),
  list('paths', text('the path of a file')).min(1, { error: 'expected at least one file' }),
])

/** How `textWindows` is checked and loaded. */
export const textWindowsData: DataDefinition<TextWindowsConfig, ResolvedTextWindows> = {
  type: 'textWindows',
  schema: options({
    type: z.literal('textWindows'),
    files: paths,
    test: paths.optional(),
    tokenizer: tokenizerSchema.prefault(bytePairs()),
    each: choice(['file', 'line']).default('file'),
    encoding: text('the name of an encoding').optional(),
    onBadSample: onBadSample.default('error'),
    limits: textLimits.prefault({}),
    ...windowFields,
  }) as never,
  load: async (config, _, where) => {
    const texts = await read(config.files, config, `${where}.files`)
    const test = config.test && (await read(config.test, config, `${where}.test`))
    const data = await windowsOf(texts, test || undefined, config, where)
    return { ...data, skipped: [texts, ...(test ? [test] : [])].flatMap(skippedOf) }
  },
}

function read(
  files: string | readonly string[],
  { each, encoding, limits, onBadSample: bad }: ResolvedTextWindows,
  where: string,
): Promise<NativeTexts> {
  const given = typeof files === 'string' ? [files] : [...files]
  const reading = JSON.stringify({ each, encoding, limits, skip: bad === 'skip' })
  return guarded(native().Texts.read(given, new Int32Array(given.length), reading), where)
}

/**
 * Texts as windows, the last or first characters kept aside.
 *
 * @throws `AttuneError` `DATA` where there is too little text for a window.
 * @example
 * ```ts
 * const { train } = await windowsOf(texts, undefined, config, 'data')
 * ```
 */
export async function windowsOf(
  texts: NativeTexts,
  test: NativeTexts | undefined,
  config: ResolvedWindows,
  where: string,
): Promise<ResolvedData> {
  const { length, stride = length } = config
  const { train, validation } = parted(texts, config)
  const tokenizer = await tokenizerOf(config.tokenizer, train, all(train), `${where}.tokenizer`)
  const rule = JSON.stringify({ length, stride, end: endOf(tokenizer, config, where) })
  const windows = async (part: NativeTexts, name: string): Promise<NativeDataSet> => {
    const sequences = await guarded(tokenizer.native.encodeAll(part, false), name)
    return guarded(sequences.windows(all(part), rule), name)
  }
  const sequence = { dtype: 'int32', shape: [length] } as const
  return {
    train: await windows(train, where),
    validation: validation && (await windows(validation, `${where}.validation`)),
    test: test && (await windows(test, `${where}.test`)),
    columns: { x: sequence, y: sequence },
    classes: undefined,
    normalisation: { shift: 0, scale: 1 },
    preparation: {
      type: 'text',
      tokenizer: tokenizer.toJson(),
      length,
      padding: firstOf(tokenizer) ?? 0,
      pad: 'right',
      truncate: 'left',
      addSpecialTokens: false,
    } as ResolvedData['preparation'],
  }
}

/** Both parts, by characters: validation takes what is left of the share of training. */
function parted(
  texts: NativeTexts,
  { validation: share, validationFrom: from }: ResolvedWindows,
): { train: NativeTexts; validation: NativeTexts | undefined } {
  if (share === 0) return { train: texts, validation: undefined }
  const characters = texts.characters()
  const train = Math.floor(characters * (1 - share))
  const at = from === 'last' ? train : characters - train
  const [first, rest] = guard(() => texts.cut(at))
  return from === 'last' ? { train: first, validation: rest } : { train: rest, validation: first }
}

function endOf(tokenizer: Tokenizer, { endToken }: ResolvedWindows, where: string): number | null {
  if (endToken === undefined) return null
  const id = tokenizer.idOf(endToken)
  if (id !== undefined) return id
  const message = `${where}.endToken: expected a token of the tokenizer, got ${show(endToken)}`
  throw new AttuneError('CONFIG', `${message}: name it in the tokenizer's specialTokens`)
}
