// Text: tokenizers, labelled texts, and windows for language models.

export { dropTokens, maskTokens, swapTokens } from './changes.ts'
export type {
  DropTokensConfig,
  MaskTokensConfig,
  MaskTokensOptions,
  SwapTokensConfig,
  TextChangeConfig,
  TokenChangeOptions,
} from './changes.ts'
export type { TextLimits } from './limits.ts'
export { preparedTokenizer, textPreparation } from './preparation.ts'
export type { TextPreparation } from './preparation.ts'
export type { SequenceOptions } from './sequence-options.ts'
export { textFolder, textFolderData } from './text-folder.ts'
export type { TextFolderConfig, TextFolderOptions } from './text-folder.ts'
export { textTable, textTableData } from './text-table.ts'
export type { TextTableConfig, TextTableOptions } from './text-table.ts'
export { textWindows, textWindowsData } from './text-windows.ts'
export type { TextWindowsConfig, TextWindowsOptions, WindowOptions } from './text-windows.ts'
export { tinyShakespeare, tinyShakespeareData } from './tiny-shakespeare.ts'
export type { TinyShakespeareConfig, TinyShakespeareOptions } from './tiny-shakespeare.ts'
export { Tokenizer } from './tokenizer.ts'
export type { DecodeOptions, EncodeOptions } from './tokenizer.ts'
export { bytePairs, characters, tokenizerFile, wordPieces, words } from './tokenizers.ts'
export type {
  BytePairsConfig,
  BytePairsOptions,
  CharactersConfig,
  CharactersOptions,
  TokenizerConfig,
  TokenizerConfigs,
  TokenizerFileConfig,
  TokenizerFileOptions,
  WordPiecesConfig,
  WordPiecesOptions,
  WordsConfig,
  WordsOptions,
} from './tokenizers.ts'
