// Whether attention can share its input's channels among its heads, for the schemas of models.

/**
 * Whether `heads` divides `width`.
 *
 * @example
 * ```ts
 * options({ heads: wholeNumber(1), width: wholeNumber(1) }).refine(headsDivideWidth, headsProblem)
 * ```
 */
export function headsDivideWidth(config: {
  readonly heads: number
  readonly width: number
}): boolean {
  return config.width % config.heads === 0
}

/** What is said where it does not. */
export const headsProblem: {
  path: PropertyKey[]
  error: (issue: { input?: unknown }) => string
} = {
  path: ['heads'],
  error: ({ input }) => {
    const { heads, width } = input as { heads: number; width: number }
    return `expected a divisor of the width ${width}, got ${heads}`
  },
}
