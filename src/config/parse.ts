// A value checked against a schema: the typed value, or one error that lists every problem.

import type { z } from 'zod'

import { AttuneError } from '../errors/index.ts'

/**
 * The typed value of `value` with its defaults filled in.
 *
 * @param where the config path that `value` stands at, such as `model`.
 * @throws `AttuneError` `CONFIG` with one line per problem, each led by its config path:
 *   `model.layers.2.units: expected a whole number of at least 1, got 1.5`.
 * @example
 * ```ts
 * const { units } = parse(options({ units: wholeNumber(1) }), { units: 10 }, 'model')
 * ```
 */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where = '',
): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.flatMap(told).flatMap((issue) => {
    const path = [where, ...issue.path.map(String)].filter((part) => part !== '').join('.')
    const place = path === '' ? '' : `${path}: `
    return issue.message.split('\n').map((line) => place + line)
  })
  throw new AttuneError('CONFIG', [...new Set(problems)].join('\n'))
}

/** Of a value that may have several forms, the problems inside of the form that it comes near to. */
function told(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const near = issue.errors.find((inner) => inner.length > 0 && inner.every(isInside))
  const inside = near?.map((one) => Object.assign({}, one, { path: [...issue.path, ...one.path] }))
  return inside?.flatMap(told) ?? [issue]
}

/** An unknown option stands at the object itself; that the object is one at all, it tells too. */
function isInside(issue: z.core.$ZodIssue): boolean {
  return issue.path.length > 0 || issue.code === 'unrecognized_keys'
}
