// The one error class: a code to branch on and a message that says what to do.

/**
 * Every code an `AttuneError` can carry.
 *
 * | code | what went wrong |
 * | --- | --- |
 * | `SHAPE` | sizes or ranks that do not fit together |
 * | `DTYPE` | an element type where another is needed |
 * | `CONFIG` | an option outside its range, or unknown |
 * | `DATA` | data that cannot be trained on |
 * | `MEMORY` | more bytes than the budget allows |
 * | `DIVERGED` | the loss or a gradient became NaN or infinite |
 * | `IO` | the file system refused |
 * | `CORRUPT` | a file whose contents contradict themselves |
 * | `CANCELLED` | stopped on request |
 * | `INTERNAL` | a fault of Attune itself |
 *
 * @example
 * ```ts
 * codes.includes('SHAPE') // true
 * ```
 */
export const codes = [
  'SHAPE',
  'DTYPE',
  'CONFIG',
  'DATA',
  'MEMORY',
  'DIVERGED',
  'IO',
  'CORRUPT',
  'CANCELLED',
  'INTERNAL',
] as const

/** What went wrong, as callers tell failures apart. */
export type Code = (typeof codes)[number]

/**
 * An error of Attune: where it happened, what was expected, what came, what to do.
 *
 * @example
 * ```ts
 * try {
 *   Tensor.zeros([2, 3]).matMul(Tensor.zeros([4, 5]))
 * } catch (error) {
 *   if (error instanceof AttuneError && error.code === 'SHAPE') console.error(error.message)
 * }
 * ```
 */
export class AttuneError extends Error {
  override readonly name = 'AttuneError'
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
