// A tokenizer by hand: made of texts or read from a file, it turns text into ids and back.

import { writeFile } from 'node:fs/promises'

import { parse } from '../../config/index.ts'
import { AttuneError, guard, guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { NativeTexts, NativeTokenizer } from '../../native.ts'
import { tokenizerSchema } from './tokenizers.ts'
import type { TokenizerConfig, TokenizerFileOptions } from './tokenizers.ts'

/** Options of `encode`. */
export interface EncodeOptions {
  /** Whether the tokenizer's own tokens, such as `[CLS]` and `[SEP]`, are put around. Default: true. */
  readonly addSpecialTokens?: boolean | undefined
}

/** Options of `decode`. */
export interface DecodeOptions {
  /** Whether tokens that stand for no text are left out. Default: true. */
  readonly skipSpecialTokens?: boolean | undefined
}

/** Names that a token for padding has, in the order in which they are looked for. */
const paddings = ['[PAD]', '<pad>', '<|padding|>', '<|endoftext|>', '</s>']

/**
 * Text to ids and back.
 *
 * @example
 * ```ts
 * const tokenizer = await Tokenizer.train(bytePairs({ vocabularySize: 1000 }), [text])
 * tokenizer.decode(tokenizer.encode('To be, or not to be')) // 'To be, or not to be'
 * await tokenizer.save('tokenizer.json')
 * ```
 */
export class Tokenizer {
  readonly #native: NativeTokenizer

  /** @param native what `Tokenizer.train`, `load` and `fromJson` make. */
  constructor(native: NativeTokenizer) {
    this.#native = native
  }

  /**
   * Makes a tokenizer of texts.
   *
   * @throws `AttuneError` `CONFIG` for the config, `DATA` for texts that it cannot be made of.
   */
  static async train(config: TokenizerConfig, texts: readonly string[]): Promise<Tokenizer> {
    const held = guard(() => native().Texts.of([...texts]), 'texts')
    return tokenizerOf(config, held, Uint32Array.from(texts.keys()), 'tokenizer')
  }

  /**
   * Reads a `tokenizer.json`, or what `tokenizerFile` describes.
   *
   * @throws `AttuneError` `IO`, `DATA` or `CORRUPT` naming the file.
   */
  static async load(file: string | TokenizerFileOptions): Promise<Tokenizer> {
    const given = typeof file === 'string' ? { path: file } : file
    return tokenizerOf(
      { type: 'tokenizerFile', ...given },
      undefined,
      new Uint32Array(),
      'tokenizer',
    )
  }

  /**
   * The tokenizer of a `tokenizer.json`'s text.
   *
   * @throws `AttuneError` `CORRUPT` for other JSON.
   */
  static async fromJson(json: string): Promise<Tokenizer> {
    return new Tokenizer(await guarded(native().Tokenizer.fromJson(json), 'tokenizer'))
  }

  /** One more than the largest id: the `vocabularySize` of an `embedding`. */
  get size(): number {
    return this.#native.size
  }

  /** The native tokenizer. */
  get native(): NativeTokenizer {
    return this.#native
  }

  /**
   * The ids of a text, at once; `encodeBatch` leaves Node's thread alone.
   *
   * @throws `AttuneError` `DATA` for a text with parts that the tokenizer does not know.
   */
  encode(text: string, { addSpecialTokens = true }: EncodeOptions = {}): Int32Array {
    return guard(() => this.#native.encode(text, addSpecialTokens))
  }

  /** The ids of texts, on every core and away from Node's thread. */
  async encodeBatch(
    texts: readonly string[],
    { addSpecialTokens = true }: EncodeOptions = {},
  ): Promise<Int32Array[]> {
    const held = guard(() => native().Texts.of([...texts]), 'texts')
    const sequences = await guarded(this.#native.encodeAll(held, addSpecialTokens))
    return texts.map((_, row) => guard(() => sequences.whole(row)))
  }

  /**
   * The text of ids.
   *
   * @throws `AttuneError` `DATA` for ids that are no tokens.
   */
  decode(
    ids: Int32Array | readonly number[],
    { skipSpecialTokens = true }: DecodeOptions = {},
  ): string {
    const given = ids instanceof Int32Array ? ids : Int32Array.from(ids)
    return guard(() => this.#native.decode(given, skipSpecialTokens))
  }

  /** The id of a token. */
  idOf(token: string): number | undefined {
    return guard(() => this.#native.idOf(token)) ?? undefined
  }

  /** The token of an id. */
  tokenOf(id: number): string | undefined {
    if (!Number.isInteger(id) || id < 0) return undefined
    return guard(() => this.#native.tokenOf(id)) ?? undefined
  }

  /** The tokenizer as a `tokenizer.json`, which Hugging Face's libraries read. */
  toJson(): string {
    return guard(() => this.#native.toJson())
  }

  /** Writes a `tokenizer.json`. */
  async save(file: string): Promise<void> {
    const json = this.toJson()
    await writeFile(file, json).catch((cause: unknown) => {
      const message = `${file}: could not be written (${(cause as Error).message}): check the path`
      throw new AttuneError('IO', message, { cause })
    })
  }
}

/**
 * The tokenizer of a config: read from its file, or made of some texts.
 *
 * @param where the config's path, for messages.
 * @example
 * ```ts
 * const tokenizer = await tokenizerOf(words(), texts, trainingRows, 'data.tokenizer')
 * ```
 */
export async function tokenizerOf(
  config: TokenizerConfig,
  texts: NativeTexts | undefined,
  rows: Uint32Array,
  where: string,
): Promise<Tokenizer> {
  const checked = parse(tokenizerSchema, config, where)
  if (checked.type === 'tokenizerFile') {
    const file = JSON.stringify(checked)
    return new Tokenizer(await guarded(native().Tokenizer.read(file), where))
  }
  if (texts === undefined) {
    throw new AttuneError('CONFIG', `${where}: expected a tokenizerFile, got ${checked.type}`)
  }
  const recipe = JSON.stringify(checked)
  return new Tokenizer(await guarded(native().Tokenizer.train(texts, rows, recipe), where))
}

/**
 * The id of the first of some tokens that a tokenizer has.
 *
 * @param names Default: those that texts are filled with.
 * @example
 * ```ts
 * firstOf(tokenizer, ['[MASK]', '[UNK]']) // 4
 * ```
 */
export function firstOf(
  tokenizer: Tokenizer,
  names: readonly string[] = paddings,
): number | undefined {
  return names.map((name) => tokenizer.idOf(name)).find((id) => id !== undefined)
}

/**
 * The id that fills short rows.
 *
 * @param token its token; without it the first of `[PAD]`, `<pad>`, `<|padding|>`, `<|endoftext|>`
 *   and `</s>` that there is.
 * @throws `AttuneError` `CONFIG` where there is none.
 * @example
 * ```ts
 * paddingOf(tokenizer, undefined, 'data') // 0
 * ```
 */
export function paddingOf(tokenizer: Tokenizer, token: string | undefined, where: string): number {
  const looked = token === undefined ? paddings : [token]
  const found = firstOf(tokenizer, looked)
  if (found !== undefined) return found
  const place = token === undefined ? `${where}.tokenizer` : `${where}.paddingToken`
  const message = `${place}: expected a tokenizer with ${looked.join(', ')} to fill short texts`
  throw new AttuneError('CONFIG', `${message}: name one of its tokens as \`paddingToken\``)
}
