// Generating a sequence: the model scores what follows, one token is drawn, and is followed in turn.
//
//     p = softmax(scores / temperature) over the topK largest scores

import { list, number, options as fields, parse, wholeNumber } from '../config/index.ts'
import { randomAt } from '../tensor/index.ts'
import { AttuneError } from '../errors/index.ts'
import { flatten } from '../tensor/nested.ts'
import { readyOf } from './trainer.ts'
import type { Trainer } from './trainer.ts'

/** Options of `generate`. */
export interface GenerateOptions {
  /** How many tokens are added at most. Default: 100. */
  readonly tokens?: number | undefined
  /** What scores are divided by before a token is drawn; 0 takes the likeliest. Default: 1. */
  readonly temperature?: number | undefined
  /** How many of the likeliest tokens are drawn from, at least 1. Default: all. */
  readonly topK?: number | undefined
  /** Decides what is drawn. Default: 0. */
  readonly seed?: number | undefined
  /** Tokens that end the sequence; they are not part of what comes back. Default: none. */
  readonly stop?: readonly number[] | undefined
}

const schema = fields({
  tokens: wholeNumber(0).default(100),
  temperature: number({ from: 0 }).default(1),
  topK: wholeNumber(1).optional(),
  seed: wholeNumber(0).default(0),
  stop: list('tokens', wholeNumber(0)).default([]),
})

/**
 * What a causal model continues a prompt with: ids of tokens, without those of the prompt.
 *
 * The model is one whose samples are sequences of ids `[time]` and whose outputs score the next id at
 * every place, `[time, classes]`, from that place and those before it alone. It sees the last `time`
 * ids; the same seed draws the same ids, on any number of threads.
 *
 * @param prompt ids to continue, at least one.
 * @throws `AttuneError` `CONFIG` for options outside their range, `DATA` for ids that the model
 *   has not, `SHAPE` for a model of another kind, `DIVERGED` where scores are NaN or infinite.
 * @example
 * ```ts
 * const ids = await generate(trainer, [1, 403], { tokens: 200, temperature: 0.8, topK: 40, seed: 3 })
 * ```
 */
export async function generate(
  trainer: Trainer,
  prompt: readonly number[],
  options: GenerateOptions = {},
): Promise<number[]> {
  const { tokens, temperature, topK, seed, stop } = parse(schema, options, 'generate')
  const { engine, programs } = await readyOf(trainer)
  const { dtype, shape } = programs.parts.signature.columns.x
  const [time] = shape
  if (shape.length !== 1 || time === undefined) {
    const message = `generate: expected a model of sequences of ids [time], its samples are [${shape.join(', ')}]`
    throw new AttuneError('SHAPE', message)
  }
  if (prompt.length === 0) {
    throw new AttuneError('DATA', 'generate: expected a prompt of at least one id, got none')
  }
  const { id } = await programs.get('next', 1)
  const ids = [...prompt]
  while (ids.length < prompt.length + tokens) {
    const seen = ids.slice(-time)
    // What stands behind the last id is not seen from its place.
    const row = [...seen, ...Array.from({ length: time - seen.length }, () => 0)]
    const inputs = {
      x: flatten(row, [time], dtype).data,
      at: Int32Array.of(seen.length - 1),
    }
    const { outputs } = await engine.run(id, { steps: 1, firstStep: 0, inputs })
    const random = randomAt(seed, [ids.length])
    const scores = outputs['output'] as Float32Array
    const next = temperature === 0 ? likeliest(scores) : draw(scores, temperature, topK, random())
    if (stop.includes(next)) break
    ids.push(next)
  }
  return ids.slice(prompt.length)
}

/** The first of the largest scores. */
function likeliest(scores: Float32Array): number {
  return scores.indexOf(largest(scores))
}

/** The id at a share of the probability, from 0 on and below 1. */
function draw(
  scores: Float32Array,
  temperature: number,
  topK: number | undefined,
  share: number,
): number {
  const most = largest(scores)
  const all = Array.from(scores, (score, id) => ({ id, p: Math.exp((score - most) / temperature) }))
  const kept = topK === undefined ? all : all.toSorted((a, b) => b.p - a.p).slice(0, topK)
  let left = share * kept.reduce((sum, { p }) => sum + p, 0)
  const drawn = kept.find(({ p }) => (left -= p) < 0)
  return (drawn ?? kept[0])?.id ?? 0
}

function largest(scores: Float32Array): number {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity)
  if (Number.isFinite(most)) return most
  const message = 'generate: the scores are NaN or infinite: the weights are, train them anew'
  throw new AttuneError('DIVERGED', message)
}
