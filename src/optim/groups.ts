// Parameter groups: what of an optimizer differs from parameter to parameter, by patterns of names.

import { z } from 'zod'

import { flag, nearest, number, oneOf, options, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'

/** What differs for the parameters that match. */
export interface ParameterGroup {
  /**
   * One pattern or several, each for whole names such as `layers.0.weight`: `*` stands for any
   * characters, `?` for one. A pattern that matches no parameter is an error.
   */
  readonly match: string | readonly string[]
  /** Only parameters of at most so many axes; 1 leaves biases and the scales of norms. Default: all. */
  readonly maxRank?: number | undefined
  /** What the learning rate is multiplied by, at least 0. Default: 1. */
  readonly rate?: number | undefined
  /** In place of the optimizer's, at least 0. Default: the optimizer's. */
  readonly weightDecay?: number | undefined
  /** Whether they stay as they are: they get no gradient. Default: false. */
  readonly freeze?: boolean | undefined
  /**
   * Whether `muon` and `adafactor` take them for vectors, as is usual for embeddings and for the
   * last layer under `muon`, which then are left to AdamW. Default: false.
   */
  readonly asVector?: boolean | undefined
}

const pattern = z.string({ error: 'expected a pattern such as "*.bias"' }).min(1, {
  error: 'expected a pattern such as "*.bias", got ""',
})

/** The schema of a parameter group. */
export const groupSchema: z.ZodType<ParameterGroup, ParameterGroup> = options({
  match: oneOf('a pattern such as "*.bias", or an array of patterns', [
    pattern,
    z.array(pattern).min(1),
  ]),
  maxRank: wholeNumber(0).optional(),
  rate: number({ from: 0 }).optional(),
  weightDecay: number({ from: 0 }).optional(),
  freeze: flag().optional(),
  asVector: flag().optional(),
})

/**
 * The group of all parameters with at most one axis, which are biases and the scales of norms,
 * without weight decay.
 *
 * @example
 * ```ts
 * adamW({ weightDecay: 0.1, groups: [noDecay()] })
 * ```
 */
export function noDecay(): ParameterGroup {
  return { match: '*', maxRank: 1, weightDecay: 0 }
}

/** Options of `layerwiseDecay`. */
export interface LayerwiseDecayOptions {
  /** Patterns of the layers' parameters, from the input to the output. */
  readonly layers: readonly string[]
  /** What the rate of a layer is multiplied by to give that of the one before, above 0. Default: 0.9. */
  readonly decay?: number | undefined
}

/**
 * Groups with smaller rates the nearer a layer is to the input: the last of `n` layers has rate 1,
 * layer `i` has `decay ^ (n - 1 - i)`. Howard and Ruder 2018, arXiv:1801.06146.
 *
 * @example
 * ```ts
 * adamW({ groups: layerwiseDecay({ layers: ['layers.0.*', 'layers.1.*', 'layers.2.*'], decay: 0.8 }) })
 * ```
 */
export function layerwiseDecay(options: LayerwiseDecayOptions): ParameterGroup[] {
  const { layers, decay = 0.9 } = options
  return layers.map((match, i) => ({ match, rate: decay ** (layers.length - 1 - i) }))
}

/** The least that groups know of a parameter. */
export interface Named {
  readonly name: string
  readonly shape: readonly number[]
}

/** The options of one parameter, of all groups that it is in. */
export type GroupOptions = Omit<ParameterGroup, 'match' | 'maxRank'>

/**
 * The options of each parameter. Where several groups match one, the later wins, option by option.
 *
 * @throws `AttuneError` `CONFIG` where a pattern matches no parameter.
 * @example
 * ```ts
 * groupOptions([noDecay()], [{ name: 'bias', shape: [4] }]) // [{ weightDecay: 0 }]
 * ```
 */
export function groupOptions(
  groups: readonly ParameterGroup[],
  parameters: readonly Named[],
): GroupOptions[] {
  const found: GroupOptions[] = parameters.map(() => ({}))
  groups.forEach(({ match, maxRank = Infinity, ...given }, number) => {
    const within = parameters.map(({ shape }) => shape.length <= maxRank)
    for (const glob of typeof match === 'string' ? [match] : match) {
      const matches = matcher(glob)
      const which = parameters.flatMap(({ name }, i) => (within[i] && matches(name) ? [i] : []))
      if (which.length === 0) throw nothing(`optimizer.groups.${number}`, glob, parameters)
      const set = Object.entries(given).filter(([, value]) => value !== undefined)
      for (const i of which) found[i] = { ...found[i], ...Object.fromEntries(set) }
    }
  })
  return found
}

function matcher(glob: string): (name: string) => boolean {
  const escaped = glob.replaceAll(/[$()+.[\\\]^{|}]/g, String.raw`\$&`)
  const expression = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
  return (name) => expression.test(name)
}

function nothing(path: string, glob: string, parameters: readonly Named[]): AttuneError {
  const names = parameters.map(({ name }) => name)
  const near = nearest(glob, names)
  const shown = names.length > 8 ? [...names.slice(0, 8), '...'] : names
  const hint = near === undefined ? `the parameters are ${shown.join(', ')}` : `is it ${near}?`
  const message = `${path}.match: expected a pattern of parameters, "${glob}" matches none; ${hint}`
  return new AttuneError('CONFIG', message)
}
