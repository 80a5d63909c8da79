// Errors of the binding (an `Error` with a string `code`) as `AttuneError`.

import { AttuneError, codes } from './attune-error.ts'
import type { Code } from './attune-error.ts'

/**
 * The `AttuneError` of anything thrown; `where` (a module or config path) is put in front.
 *
 * Accepts what the binding throws, the `{ code, message }` that a failed run reports, and
 * anything else, which becomes `INTERNAL`.
 *
 * @example
 * ```ts
 * fromNative({ code: 'SHAPE', message: 'rank 2 expected' }, 'layers.0').message
 * // 'layers.0: rank 2 expected'
 * ```
 */
export function fromNative(error: unknown, where = ''): AttuneError {
  if (error instanceof AttuneError && where === '') return error
  const { code, message } = parts(error)
  const place = where === '' || message.startsWith(`${where}: `) ? '' : `${where}: `
  return new AttuneError(code, place + message, { cause: error })
}

/**
 * Runs `body`; what it throws is thrown as an `AttuneError`.
 *
 * @example
 * ```ts
 * const json = guard(() => native().infer(op, types), 'layers.0')
 * ```
 */
export function guard<T>(body: () => T, where = ''): T {
  try {
    return body()
  } catch (error) {
    throw fromNative(error, where)
  }
}

/**
 * What `promise` gives; what it rejects with is thrown as an `AttuneError`.
 *
 * @example
 * ```ts
 * const samples = await guarded(native().DataSet.digits(), 'data')
 * ```
 */
export async function guarded<T>(promise: Promise<T>, where = ''): Promise<T> {
  try {
    return await promise
  } catch (error) {
    throw fromNative(error, where)
  }
}

function parts(error: unknown): { code: Code; message: string } {
  if (typeof error !== 'object' || error === null || !('message' in error)) {
    return { code: 'INTERNAL', message: String(error) }
  }
  const code = 'code' in error ? codes.find((known) => known === error.code) : undefined
  return { code: code ?? 'INTERNAL', message: String(error.message) }
}
