// Data sets: described by plain values, loaded into native memory, split and brought to scale.

export { fromArrays } from './arrays.ts'
export type { Arrays, ArraysConfig, FromArraysOptions, Values } from './arrays.ts'
export { dataJsonSchema, dataSchema, datasets, resolveData } from './datasets.ts'
export type { DataConfig, DataConfigs } from './datasets.ts'
export type { Normalisation, ResolvedData } from './define.ts'
export type { DigitsConfig, DigitsOptions } from './digits.ts'
export type { FashionMnistConfig, MnistConfig, MnistOptions } from './mnist.ts'
export type { Normalise } from './normalise.ts'
export type { ValidationFrom } from './split.ts'
