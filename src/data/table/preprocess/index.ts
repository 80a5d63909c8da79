// Preprocessing of tables: steps, the preprocessor that they make, balance, and what runs save.

export { balance } from './balance.ts'
export type { Balance } from './balance.ts'
export type {
  AllowedOptions,
  CellValue,
  DuplicatesOptions,
  MissingOptions,
  MisspeltOptions,
  OutliersOptions,
  RangeOptions,
  RareOptions,
  TypesOptions,
  WrongAction,
} from './clean.ts'
export type { ColumnChoice, ColumnQuery, StepColumns } from './columns.ts'
export type {
  DatePart,
  DatesOptions,
  FrequencyOptions,
  HashingOptions,
  OneHotOptions,
  OrdinalOptions,
  TargetEncodeOptions,
  Unseen,
} from './encode.ts'
export type { KeepOptions } from './keep.ts'
export { tablePreparation } from './preparation.ts'
export type { TablePreparation } from './preparation.ts'
export { prepareParts } from './prepare-parts.ts'
export type { PartsOptions, PreparedParts, TablePart } from './prepare-parts.ts'
export { Preprocessor, preprocessor } from './preprocessor.ts'
export type {
  ApplyOptions,
  FittedPreprocessor,
  PreparedTable,
  PreprocessorOptions,
} from './preprocessor.ts'
export type { Finding, FindingExample, PreprocessReport } from './report.ts'
export type {
  MinMaxOptions,
  QuantileOptions,
  RobustOptions,
  StandardOptions,
  YeoJohnsonOptions,
} from './scale.ts'
export { preprocess, stepsSchema } from './steps.ts'
export type { StepConfig, StepConfigs } from './steps.ts'
export type { ColumnValues, TableColumns, TableInput, TableRows } from './table-input.ts'
