// The machinery of typed configs: fields, parsing with paths, JSON Schema. Knows no layer.

export { choice, flag, integer, list, number, oneOf, options, text, wholeNumber } from './fields.ts'
export type { NumberRange } from './fields.ts'
export { jsonSchema } from './json-schema.ts'
export { nearest } from './nearest.ts'
export { parse } from './parse.ts'
export { show } from './show.ts'
export { named, union } from './union.ts'
