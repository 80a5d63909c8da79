// The schemas of values that their `type` tells apart.

import { z } from 'zod'

import { jsonSchema } from './json-schema.ts'
import { nearest } from './nearest.ts'
import { show } from './show.ts'

/**
 * A value whose `type` names one of `schemas`; an unknown one is answered with the nearest name.
 *
 * @param what the kind of thing, as messages call it: `layer`, `loss`, `optimizer`.
 * @example
 * ```ts
 * const shape = union('shape', { circle: options({ type: z.literal('circle'), radius: number() }) })
 * ```
 */
export function union<Value>(
  what: string,
  schemas: Readonly<Record<string, z.ZodType>>,
): z.ZodType<Value, Value> {
  const forms = Object.values(schemas) as unknown as [z.ZodObject]
  const names = Object.keys(schemas)
  const error = ({ input }: { input?: unknown }): string => unknown(what, names, input)
  return z.discriminatedUnion('type', forms, { error }) as unknown as z.ZodType<Value, Value>
}

/**
 * A value like that of `union`; the name of a type alone stands for `{ type: name }`.
 *
 * @param what the kind of thing, as messages call it.
 * @example
 * ```ts
 * const regularizer = named('regularizer', { l2: options({ type: z.literal('l2'), factor: number() }) })
 * ```
 */
export function named<Value>(
  what: string,
  schemas: Readonly<Record<string, z.ZodType>>,
): z.ZodType<Value, Value> {
  const whole = union(what, schemas)
  const names = z.enum(Object.keys(schemas))
  const { $schema: _, ...json } = jsonSchema(z.union([names, whole]))
  const schema = z.any().transform((value: unknown, context) => {
    const isName = typeof value === 'string'
    const result = whole.safeParse(isName ? { type: value } : value)
    if (result.success) return result.data
    for (const { message, path } of result.error.issues) {
      context.addIssue({
        code: 'custom',
        message,
        path: isName && path[0] === 'type' ? [] : [...path],
      })
    }
    return z.NEVER
  })
  return schema.meta(json) as unknown as z.ZodType<Value, Value>
}

function unknown(what: string, names: readonly string[], input: unknown): string {
  if (typeof input !== 'object' || input === null || !('type' in input)) {
    const example = names.slice(0, 3).join(', ')
    return `expected ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}, an object with a type such as ${example}, got ${show(input)}`
  }
  const near = typeof input.type === 'string' ? nearest(input.type, names) : undefined
  const hint = near === undefined ? `the names are ${names.join(', ')}` : `did you mean "${near}"?`
  return `unknown ${what} ${show(input.type)}; ${hint}`
}
