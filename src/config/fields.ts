// The fields configs are made of; each says in words what it expects.

import { z } from 'zod'

import { nearest } from './nearest.ts'
import { show } from './show.ts'

/** The range of a number: `from` and `to` are included, `above` and `below` are not. */
export interface NumberRange {
  from?: number
  to?: number
  above?: number
  below?: number
}

/**
 * A whole number of at least `from` (default 0); never NaN, infinite or above 2^53 - 1.
 *
 * @example
 * ```ts
 * const units = wholeNumber(1)
 * ```
 */
export function wholeNumber(from = 0): z.ZodNumber {
  const error = expected(`a whole number of at least ${from}`)
  return z.number({ error }).int({ error }).min(from, { error })
}

/**
 * A whole number of either sign.
 *
 * @example
 * ```ts
 * const axis = integer().default(-1)
 * ```
 */
export function integer(): z.ZodNumber {
  const error = expected('a whole number')
  return z.number({ error }).int({ error })
}

/**
 * An array of values of one kind.
 *
 * @param what the values in words, in the plural.
 * @example
 * ```ts
 * const branches = list('layers', layerSchema())
 * ```
 */
export function list<Item extends z.ZodType>(what: string, item: Item): z.ZodArray<Item> {
  return z.array(item, { error: expected(`an array of ${what}`) })
}

/**
 * A finite number within a range.
 *
 * @example
 * ```ts
 * const rate = number({ from: 0, below: 1 })
 * ```
 */
export function number(range: NumberRange = {}): z.ZodNumber {
  const error = expected(`a number${inWords(range)}`)
  let field = z.number({ error })
  if (range.from !== undefined) field = field.gte(range.from, { error })
  if (range.above !== undefined) field = field.gt(range.above, { error })
  if (range.to !== undefined) field = field.lte(range.to, { error })
  if (range.below !== undefined) field = field.lt(range.below, { error })
  return field
}

/**
 * `true` or `false`.
 *
 * @example
 * ```ts
 * const nesterov = flag().default(false)
 * ```
 */
export function flag(): z.ZodBoolean {
  return z.boolean({ error: expected('true or false') })
}

/**
 * Words that are not empty.
 *
 * @param what what they are, as messages call it: `the folder of the data`.
 * @example
 * ```ts
 * const root = text('the folder that holds the data set')
 * ```
 */
export function text(what: string): z.ZodString {
  const error = expected(what)
  return z.string({ error }).min(1, { error })
}

/**
 * One of a few names.
 *
 * @example
 * ```ts
 * const activation = choice(['relu', 'gelu'])
 * ```
 */
export function choice<const Names extends readonly [string, ...string[]]>(
  names: Names,
): z.ZodType<Names[number], Names[number]> {
  return z.enum(names as readonly string[], {
    error: ({ input }) => {
      const near = typeof input === 'string' ? nearest(input, names) : undefined
      const hint = near === undefined ? '' : `; did you mean "${near}"?`
      return `expected one of ${names.join(', ')}, got ${show(input)}${hint}`
    },
  })
}

/**
 * A value of any of several forms, described in words.
 *
 * @example
 * ```ts
 * const size = oneOf('a whole number or a pair', [wholeNumber(1), z.tuple([wholeNumber(1), wholeNumber(1)])])
 * ```
 */
export function oneOf<const Forms extends readonly [z.ZodType, ...z.ZodType[]]>(
  words: string,
  forms: Forms,
): z.ZodUnion<Forms> {
  return z.union(forms, { error: expected(words) })
}

/**
 * An object with these fields and no others; an unknown one is named with its nearest neighbour.
 *
 * @example
 * ```ts
 * const schema = options({ units: wholeNumber(1) })
 * ```
 */
export function options<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return `expected an object, got ${show(issue.input)}`
      const { keys } = issue as { keys?: string[] }
      return (keys ?? []).map((key) => unknownOption(key, Object.keys(shape))).join('\n')
    },
  })
}

function unknownOption(key: string, known: readonly string[]): string {
  const near = nearest(key, known)
  const list = known.filter((name) => name !== 'type')
  const hint =
    near === undefined
      ? `the options are ${list.join(', ') || 'none'}`
      : `did you mean \`${near}\`?`
  return `unknown option \`${key}\`; ${hint}`
}

function expected(words: string): (issue: { input?: unknown }) => string {
  return ({ input }) => `expected ${words}, got ${show(input)}`
}

function inWords({ from, to, above, below }: NumberRange): string {
  const bounds = [
    from !== undefined && `at least ${from}`,
    above !== undefined && `above ${above}`,
    to !== undefined && `at most ${to}`,
    below !== undefined && `below ${below}`,
  ].filter((bound) => bound !== false)
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`
}
