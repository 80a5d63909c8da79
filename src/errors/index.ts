// Typed errors: one class, one code per kind of failure.

export { AttuneError, codes } from './attune-error.ts'
export type { Code } from './attune-error.ts'
export { fromNative, guard, guarded } from './from-native.ts'
