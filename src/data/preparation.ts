// The list of preparations: how a raw sample, such as a file or a row, becomes what a model takes.

import { z } from 'zod'

import { show } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { TensorType, TypedArray } from '../tensor/index.ts'
import { audioPreparation } from './audio/preparation.ts'
import { imagePreparation } from './image/preparation.ts'
import { textPreparation } from './text/preparation.ts'
import { tablePreparation } from './table/preprocess/preparation.ts'

/** Samples as people have them: files, rows of a table, or sentences. */
export type RawSamples =
  | { readonly files: readonly string[] }
  | { readonly rows: readonly Readonly<Record<string, unknown>>[] }
  | { readonly texts: readonly string[] }

/** Samples as a program takes them. */
export interface Prepared {
  /** Elements of column `x`, one sample after another, in the type that the run's data have. */
  readonly values: TypedArray
  readonly count: number
  /** What each sample is called in what is printed: its file, its row or its text. */
  readonly names: readonly string[]
  /** Puts a model's outputs back on the scale that the target came in, where the data changed it. */
  readonly restore?: ((outputs: Float32Array) => Promise<Float32Array>) | undefined
}

/** The least that every preparation has. */
export interface TypedPreparation {
  readonly type: string
}

/**
 * One kind of preparation. Its config is a plain JSON value, fitted on the training part alone and
 * saved beside the weights; reading it runs no code.
 */
export interface PreparationDefinition<Config extends TypedPreparation = TypedPreparation> {
  readonly type: Config['type']
  readonly schema: z.ZodType<Config, Config>
  /** What the words of a command line are, that are no JSON. */
  readonly words: 'files' | 'texts'
  /**
   * @param column type and shape of one sample of `x`.
   * @throws `AttuneError` `DATA`, `IO` or `CORRUPT` naming the file or row.
   */
  prepare(raw: RawSamples, preparation: Config, column: TensorType): Promise<Prepared>
}

/** The config of any preparation. */
export type Preparation = TypedPreparation

const definitions: Readonly<Record<string, PreparationDefinition>> = {
  audio: audioPreparation,
  image: imagePreparation,
  text: textPreparation,
  table: tablePreparation,
}

/** The schema of any preparation. */
export const preparationSchema: z.ZodType<Preparation, Preparation> = z.custom<Preparation>(
  (value) => known(value)?.schema.safeParse(value).success === true,
  { error: ({ input }) => `expected a preparation of samples, got ${show(input)}` },
)

/**
 * Raw samples as the model of a run takes them.
 *
 * @throws `AttuneError` `CONFIG` where the run's data had no raw form, or one of another kind.
 * @example
 * ```ts
 * const { values, count } = await prepare({ files: ['seven.png'] }, saved.preparation, column)
 * ```
 */
export async function prepare(
  raw: RawSamples,
  preparation: Preparation | undefined,
  column: TensorType,
): Promise<Prepared> {
  const definition = known(preparation)
  if (definition !== undefined && preparation !== undefined) {
    return definition.prepare(raw, preparation, column)
  }
  const message = `predict: expected arrays of samples, since the run's data were arrays, got ${show(raw)}`
  throw new AttuneError('CONFIG', `${message}: give the values themselves`)
}

/**
 * What the words of a command line mean to a run: files, sentences, or rows as JSON.
 *
 * @throws `AttuneError` `CONFIG` where the run's data had no raw form.
 * @example
 * ```ts
 * rawOf(['seven.png'], saved.preparation) // { files: ['seven.png'] }
 * ```
 */
export function rawOf(words: readonly string[], preparation: Preparation | undefined): RawSamples {
  const kind = known(preparation)?.words ?? 'files'
  return kind === 'texts' ? { texts: words } : { files: words }
}

function known(value: unknown): PreparationDefinition | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined
  return definitions[String(value.type)]
}
