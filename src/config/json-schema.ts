// The JSON Schema of a config, for editors and for YAML.

import { z } from 'zod'

/**
 * The JSON Schema (draft 2020-12) of what a user may write: fields with a default are optional.
 *
 * @example
 * ```ts
 * jsonSchema(options({ units: wholeNumber(1) })).required // ['units']
 * ```
 */
export function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>
}
