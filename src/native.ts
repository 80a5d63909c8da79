// The only file that loads the binary: on first use, so that configs and `--help` work without it.

import { createRequire } from 'node:module'

import type * as Binding from '#native'

export type {
  DataSet as NativeDataSet,
  ImageFiles as NativeImageFiles,
  PreparedRows as NativePreparedRows,
  Preprocessor as NativePreprocessor,
  RunRequest,
  RunResult,
  Sequences as NativeSequences,
  Session as NativeSession,
  SessionOptions,
  Table as NativeTable,
  Texts as NativeTexts,
  Tokenizer as NativeTokenizer,
} from '#native'

let loaded: typeof Binding | undefined

/**
 * The native binding.
 *
 * @throws an `Error` with code `INTERNAL` where no binary exists for this platform.
 * @example
 * ```ts
 * const types = native().infer('{"op":"relu"}', '[{"dtype":"float32","shape":[2]}]')
 * ```
 */
export function native(): typeof Binding {
  loaded ??= load()
  return loaded
}

function load(): typeof Binding {
  try {
    return createRequire(import.meta.url)('#native') as typeof Binding
  } catch (cause) {
    const message =
      `attune has no native binary for ${process.platform}-${process.arch} here: ` +
      'reinstall with optional dependencies on (`npm i attune --include=optional`), ' +
      'or run `npm run build` in a clone'
    throw Object.assign(new Error(message, { cause }), { code: 'INTERNAL' })
  }
}
