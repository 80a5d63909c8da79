// Data sets: described by plain values, loaded into native memory, split and brought to scale.

export { adaptiveBatch, measuredNoise, noiseScale } from './adaptive-batch.ts'
export type { AdaptiveBatchConfig, AdaptiveBatchOptions, NoiseMemory } from './adaptive-batch.ts'
export { fromArrays } from './arrays.ts'
export type { Arrays, ArraysConfig, FromArraysOptions, Values } from './arrays.ts'
export {
  addNoise,
  audioFeatures,
  audioFolder,
  audioPicture,
  gain,
  logMel,
  melSpectrogram,
  mfcc,
  mono,
  readAudio,
  resample,
  specAugment,
  spectrogram,
  speedChange,
  stft,
  timeShift,
  trimSilence,
  waveform,
} from './audio/index.ts'
export type {
  AddNoiseConfig,
  AddNoiseOptions,
  AudioChangeConfig,
  AudioClip,
  AudioFeatures,
  AudioFolderConfig,
  AudioFolderOptions,
  AudioLimits,
  FeatureConfig,
  GainConfig,
  GainOptions,
  LogMelConfig,
  LogMelOptions,
  MelSpectrogramConfig,
  MelSpectrogramOptions,
  MfccConfig,
  MfccOptions,
  ResampleOptions,
  SpecAugmentConfig,
  SpecAugmentOptions,
  SpectrogramConfig,
  SpectrogramOptions,
  SpectrumOptions,
  SpeedChangeConfig,
  SpeedChangeOptions,
  TimeShiftConfig,
  TimeShiftOptions,
  TrimOptions,
  WaveformConfig,
} from './audio/index.ts'
export { augmentSchema, changesOf, crop, flip, rotate, saltAndPepper } from './augment/index.ts'
export type {
  ChangeConfig,
  CropConfig,
  CropOptions,
  FlipConfig,
  FlipOptions,
  RotateConfig,
  RotateOptions,
  SaltAndPepperConfig,
  SaltAndPepperOptions,
} from './augment/index.ts'
export { batchSequence } from './batch-sequence.ts'
export type { BatchPart, BatchSequenceConfig } from './batch-sequence.ts'
export { batchChanges, batchSizeAt, batchSizeSchema, largestBatch } from './batch-size.ts'
export type { BatchSchedule, BatchSchedules, BatchSize } from './batch-size.ts'
export { isBlocks } from './blocks.ts'
export { columnSchema, columnsOf } from './columns.ts'
export type { BlockRequest, Blocks, Source } from './blocks.ts'
export { dataJsonSchema, dataSchema, datasets, resolveData } from './datasets.ts'
export type { DataConfig, DataConfigs } from './datasets.ts'
export type { Normalisation, ResolvedData, Skipped } from './define.ts'
export { describeData } from './description.ts'
export type { ClassBalance, DataDescription, Figures, Part } from './description.ts'
export type { DigitsConfig, DigitsOptions } from './digits.ts'
export { Flow, flow, fromIterable } from './flow/index.ts'
export type {
  Feed,
  FromIterableOptions,
  IterableConfig,
  Pass,
  Place,
  Sample,
  SampleSource,
  StageCost,
} from './flow/index.ts'
export { growingBatch } from './growing-batch.ts'
export type { GrowingBatchConfig, GrowingBatchOptions } from './growing-batch.ts'
export { imageFolder, readImage } from './image/index.ts'
export type {
  Image,
  ImageFolderConfig,
  ImageFolderOptions,
  ImageLimits,
  RandomCropOptions,
  ReadImageOptions,
} from './image/index.ts'
export type { FashionMnistConfig, MnistConfig, MnistOptions } from './mnist.ts'
export type { ChannelFigures, ImageNormalise, Normalise } from './normalise.ts'
export { kFold } from './k-fold.ts'
export type { KFoldOptions } from './k-fold.ts'
export { npyFiles } from './npy-files.ts'
export type { NpyFilesConfig, NpyFilesOptions, NpyPair } from './npy-files.ts'
export { prepare, preparationSchema, rawOf } from './preparation.ts'
export type { Preparation, Prepared, RawSamples } from './preparation.ts'
export type {
  Fold,
  SplitBy,
  SplitRecord,
  SplitRows,
  ValidationFrom,
  ValidationSize,
} from './split.ts'
export { splitRows } from './split-rows.ts'
export type { SplitRowsOptions } from './split-rows.ts'
export { readTable, Table, table } from './table/index.ts'
export type {
  ColumnDescription,
  ColumnKind,
  ColumnSummary,
  EmbeddedTableConfig,
  EmbeddedTableOptions,
  ReadFileOptions,
  ReadTableOptions,
  SplitByColumn,
  TableConfig,
  TableDescription,
  TableOptions,
  TableSource,
  TableSplit,
} from './table/index.ts'
export {
  bytePairs,
  characters,
  dropTokens,
  maskTokens,
  preparedTokenizer,
  swapTokens,
  textFolder,
  textTable,
  textWindows,
  Tokenizer,
  tokenizerFile,
  wordPieces,
  words,
} from './text/index.ts'
export type {
  BytePairsConfig,
  BytePairsOptions,
  CharactersConfig,
  CharactersOptions,
  DecodeOptions,
  DropTokensConfig,
  EncodeOptions,
  MaskTokensConfig,
  MaskTokensOptions,
  SequenceOptions,
  SwapTokensConfig,
  TextChangeConfig,
  TextFolderConfig,
  TextFolderOptions,
  TextLimits,
  TextPreparation,
  TextTableConfig,
  TextTableOptions,
  TextWindowsConfig,
  TextWindowsOptions,
  TinyShakespeareConfig,
  TinyShakespeareOptions,
  TokenChangeOptions,
  TokenizerConfig,
  TokenizerConfigs,
  TokenizerFileConfig,
  TokenizerFileOptions,
  WindowOptions,
  WordPiecesConfig,
  WordPiecesOptions,
  WordsConfig,
  WordsOptions,
} from './text/index.ts'
export { Preprocessor, preprocess, preprocessor } from './table/preprocess/index.ts'
export type {
  AllowedOptions,
  ApplyOptions,
  Balance,
  CellValue,
  ColumnChoice,
  ColumnQuery,
  ColumnValues,
  DatePart,
  DatesOptions,
  DuplicatesOptions,
  Finding,
  FindingExample,
  FittedPreprocessor,
  FrequencyOptions,
  HashingOptions,
  KeepOptions,
  MinMaxOptions,
  MissingOptions,
  MisspeltOptions,
  OneHotOptions,
  OrdinalOptions,
  OutliersOptions,
  PreparedTable,
  PreprocessorOptions,
  PreprocessReport,
  QuantileOptions,
  RangeOptions,
  RareOptions,
  RobustOptions,
  StandardOptions,
  StepColumns,
  StepConfig,
  StepConfigs,
  TableColumns,
  TableInput,
  TableRows,
  TargetEncodeOptions,
  TypesOptions,
  Unseen,
  WrongAction,
  YeoJohnsonOptions,
} from './table/preprocess/index.ts'
