// How text becomes numbers: the kinds of tokenizers, each made of the training texts or read from a file.

import { z } from 'zod'

import { choice, flag, list, options, show, text, union, wholeNumber } from '../../config/index.ts'

/** Options of `characters`. */
export interface CharactersOptions {
  /** The most tokens, special ones included; the most frequent characters are kept. Default: 65536. */
  readonly vocabularySize?: number | undefined
  /** How often a character occurs at least. Default: 1. */
  readonly minFrequency?: number | undefined
  /** Tokens that stand for no text; their ids come first. Default: `['[PAD]', '[UNK]']`. */
  readonly specialTokens?: readonly string[] | undefined
  /** What stands for other characters; `null` makes them errors. Default: `[UNK]`. */
  readonly unknownToken?: string | null | undefined
}

/** Options of `words`. */
export interface WordsOptions {
  /** The most tokens, special ones included; the most frequent words are kept. Default: 30000. */
  readonly vocabularySize?: number | undefined
  /** How often a word occurs at least. Default: 1. */
  readonly minFrequency?: number | undefined
  /** Default: true. */
  readonly lowercase?: boolean | undefined
  /**
   * `words`: runs of letters, digits and `_`, and runs of other marks. `whitespace`: cut at blanks
   * alone, for texts that are tokenised already. Default: `words`.
   */
  readonly cut?: 'words' | 'whitespace' | undefined
  /** Tokens that stand for no text; their ids come first. Default: `['[PAD]', '[UNK]']`. */
  readonly specialTokens?: readonly string[] | undefined
  /** What stands for other words; `null` makes them errors. Default: `[UNK]`. */
  readonly unknownToken?: string | null | undefined
}

/** Options of `bytePairs`. */
export interface BytePairsOptions {
  /** The most tokens: special ones, 256 bytes, and merges. Default: 30000. */
  readonly vocabularySize?: number | undefined
  /** How often a pair occurs at least that is merged. Default: 2. */
  readonly minFrequency?: number | undefined
  /** Whether a text's first word is treated as one within it. Default: false, as GPT-2. */
  readonly addPrefixSpace?: boolean | undefined
  /** Tokens that stand for no text; their ids come first. Default: `['<|endoftext|>']`. */
  readonly specialTokens?: readonly string[] | undefined
  /** The most bytes of a token that is merged. Default: no limit. */
  readonly maxTokenLength?: number | undefined
}

/** Options of `wordPieces`. */
export interface WordPiecesOptions {
  /** The most tokens. Default: 30000. */
  readonly vocabularySize?: number | undefined
  /** How often a pair occurs at least that is merged. Default: 2. */
  readonly minFrequency?: number | undefined
  /** Lower-case letters without accents. Default: true. */
  readonly lowercase?: boolean | undefined
  /** Their ids come first. Default: `['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']`. */
  readonly specialTokens?: readonly string[] | undefined
  /** The most different characters; the most frequent ones are kept. Default: 1000. */
  readonly limitAlphabet?: number | undefined
}

/** Options of `tokenizerFile`. */
export interface TokenizerFileOptions {
  /**
   * A `tokenizer.json` of Hugging Face's libraries; with `merges` a vocabulary in JSON such as GPT-2's
   * `vocab.json`; or a list of pieces, one a line, such as BERT's `vocab.txt`. Gzipped or not.
   */
  readonly path: string
  /** The merges of a vocabulary in JSON, such as GPT-2's `merges.txt`. */
  readonly merges?: string | undefined
  /** Whether a list of pieces is of lower-case letters without accents. Default: true. */
  readonly lowercase?: boolean | undefined
  /** The most bytes of a file. Default: 256 MiB. */
  readonly bytes?: number | undefined
}

/** The config of `characters`. */
export interface CharactersConfig extends CharactersOptions {
  readonly type: 'characters'
}

/** The config of `words`. */
export interface WordsConfig extends WordsOptions {
  readonly type: 'words'
}

/** The config of `bytePairs`. */
export interface BytePairsConfig extends BytePairsOptions {
  readonly type: 'bytePairs'
}

/** The config of `wordPieces`. */
export interface WordPiecesConfig extends WordPiecesOptions {
  readonly type: 'wordPieces'
}

/** The config of `tokenizerFile`. */
export interface TokenizerFileConfig extends TokenizerFileOptions {
  readonly type: 'tokenizerFile'
}

/** Every kind of tokenizer by its type. */
export interface TokenizerConfigs {
  characters: CharactersConfig
  words: WordsConfig
  bytePairs: BytePairsConfig
  wordPieces: WordPiecesConfig
  tokenizerFile: TokenizerFileConfig
}

/** The config of any tokenizer. */
export type TokenizerConfig = TokenizerConfigs[keyof TokenizerConfigs]

/**
 * A token for each character, numbered in the order of the characters.
 *
 * @example
 * ```ts
 * characters({ specialTokens: [], unknownToken: null }) // nothing but the characters of the texts
 * ```
 */
export function characters(given: CharactersOptions = {}): CharactersConfig {
  return { type: 'characters', ...given }
}

/**
 * A token for each word, numbered by how often it occurs.
 *
 * @example
 * ```ts
 * words({ vocabularySize: 20_000, minFrequency: 2 })
 * ```
 */
export function words(given: WordsOptions = {}): WordsConfig {
  return { type: 'words', ...given }
}

/**
 * Byte pair encoding over bytes, as GPT-2's: every text has tokens, and comes back from them as it
 * was. Sennrich et al. 2016, arXiv:1508.07909; Radford et al. 2019.
 *
 * @example
 * ```ts
 * bytePairs({ vocabularySize: 8192 })
 * ```
 */
export function bytePairs(given: BytePairsOptions = {}): BytePairsConfig {
  return { type: 'bytePairs', ...given }
}

/**
 * Pieces of words, as BERT's, with `[CLS]` before and `[SEP]` after a text. Schuster and Nakajima
 * 2012; Devlin et al. 2018, arXiv:1810.04805.
 *
 * @example
 * ```ts
 * wordPieces({ vocabularySize: 8192, lowercase: true })
 * ```
 */
export function wordPieces(given: WordPiecesOptions = {}): WordPiecesConfig {
  return { type: 'wordPieces', ...given }
}

/**
 * A tokenizer that was made before.
 *
 * @example
 * ```ts
 * tokenizerFile({ path: 'gpt2/vocab.json', merges: 'gpt2/merges.txt' })
 * tokenizerFile({ path: 'tokenizer.json' })
 * ```
 */
export function tokenizerFile(given: TokenizerFileOptions): TokenizerFileConfig {
  return { type: 'tokenizerFile', ...given }
}

const token = text('a token')
const special = (standard: readonly string[]): z.ZodType =>
  list('tokens', token)
    .refine((tokens) => new Set(tokens).size === tokens.length, {
      error: ({ input }) => `expected tokens that differ, got ${show(input)}`,
    })
    .default([...standard])
const size = (standard: number): z.ZodType =>
  wholeNumber(1)
    .max(1 << 24, { error: 'expected at most 16777216 tokens' })
    .default(standard)
const whole = { specialTokens: special(['[PAD]', '[UNK]']) }

function known(fields: z.ZodRawShape): z.ZodType {
  return options({ ...fields, unknownToken: token.nullable().default('[UNK]') }).refine(
    (value) => {
      const { specialTokens = [], unknownToken = null } = value as unknown as WordsOptions
      return unknownToken === null || specialTokens.includes(unknownToken)
    },
    { path: ['unknownToken'], error: 'expected one of specialTokens, or null' },
  )
}

/** The schema of any tokenizer. */
export const tokenizerSchema: z.ZodType<TokenizerConfig, TokenizerConfig> = union('tokenizer', {
  characters: known({
    type: z.literal('characters'),
    vocabularySize: size(1 << 16),
    minFrequency: wholeNumber(1).default(1),
    ...whole,
  }),
  words: known({
    type: z.literal('words'),
    vocabularySize: size(30_000),
    minFrequency: wholeNumber(1).default(1),
    lowercase: flag().default(true),
    cut: choice(['words', 'whitespace']).default('words'),
    ...whole,
  }),
  bytePairs: options({
    type: z.literal('bytePairs'),
    vocabularySize: size(30_000),
    minFrequency: wholeNumber(1).default(2),
    addPrefixSpace: flag().default(false),
    specialTokens: special(['<|endoftext|>']),
    maxTokenLength: wholeNumber(2).optional(),
  }),
  wordPieces: options({
    type: z.literal('wordPieces'),
    vocabularySize: size(30_000),
    minFrequency: wholeNumber(1).default(2),
    lowercase: flag().default(true),
    specialTokens: special(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']).refine(
      (tokens) =>
        ['[UNK]', '[CLS]', '[SEP]'].every((one) => (tokens as readonly string[]).includes(one)),
      { error: 'expected [UNK], [CLS] and [SEP] among them' },
    ),
    limitAlphabet: wholeNumber(1).default(1000),
  }),
  tokenizerFile: options({
    type: z.literal('tokenizerFile'),
    path: text('the path of a file'),
    merges: text('the path of a file').optional(),
    lowercase: flag().default(true),
    bytes: wholeNumber(1).default(1 << 28),
  }),
})
