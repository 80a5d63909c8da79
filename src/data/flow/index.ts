// Flows of samples through functions of one's own, and data out of anything that can be iterated over.

export { Flow, flow } from './flow.ts'
export type { Feed, Pass, Place, StageCost } from './flow.ts'
export type { Sample } from './gathered.ts'
export { fromIterable, iterableData } from './iterable.ts'
export type { FromIterableOptions, IterableConfig, SampleSource } from './iterable.ts'
