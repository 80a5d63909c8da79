// What stands beside saved weights: the run's config and what its model expects of samples.

import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

import { z } from 'zod'

import { isCallback } from '../callbacks/index.ts'
import { number, parse, wholeNumber } from '../config/index.ts'
import { columnSchema, preparationSchema } from '../data/index.ts'
import type { DataConfig, ResolvedData } from '../data/index.ts'
import { AttuneError } from '../errors/index.ts'
import { isMetric } from '../metrics/index.ts'
import { Module } from '../nn/index.ts'
import type { Position } from './position.ts'
import type { ResolvedRun } from './schema.ts'

/** What is read back from a file of weights. */
export interface Saved extends Position {
  readonly version: 1
  /** The run's config; `model` is null for an instance of a class, `data` for samples themselves. */
  readonly config: Readonly<Record<string, unknown>>
  readonly columns: ResolvedData['columns']
  readonly normalisation: ResolvedData['normalisation']
  readonly preparation?: ResolvedData['preparation']
  readonly classes?: readonly string[] | undefined
}

const key = 'attune'
const mostHeaderBytes = 100_000_000

const perChannel = z.union([number(), z.array(number())])
const schema = z.object({
  version: z.literal(1),
  config: z.record(z.string(), z.unknown()),
  columns: z.object({ x: columnSchema, y: columnSchema, weight: columnSchema.optional() }),
  normalisation: z.object({ shift: perChannel, scale: perChannel }),
  preparation: preparationSchema.optional(),
  classes: z.array(z.string()).optional(),
  step: wholeNumber(0),
  epoch: wholeNumber(0),
  row: wholeNumber(0).default(0),
  callbacks: z.array(z.object({ type: z.string(), state: z.unknown() })).optional(),
  learningRateScale: number({ above: 0 }).default(1),
  batch: z
    .object({
      size: wholeNumber(1),
      noise: z.object({ trace: number(), square: number() }),
    })
    .optional(),
})

/**
 * A run's config as JSON can hold it.
 *
 * @example
 * ```ts
 * writeFileSync('config.json', JSON.stringify(configJson(trainer.config)))
 * ```
 */
export function configJson(config: ResolvedRun): Record<string, unknown> {
  const { model, data, callbacks, metrics } = config
  return {
    ...config,
    model: model instanceof Module ? null : model,
    data: holdsData(data) ? null : data,
    metrics: metrics.filter((metric) => !isMetric(metric)),
    callbacks: callbacks.filter((callback) => !isCallback(callback)),
  }
}

/** Whether a config holds samples themselves, which no JSON does. */
function holdsData(data: DataConfig): boolean {
  const isOwnTable = data.type === 'table' && data.file === undefined
  return data.type === 'arrays' || data.type === 'iterable' || isOwnTable
}

/**
 * The metadata that a file of weights carries.
 *
 * @example
 * ```ts
 * session.save(file, metadataOf(saved))
 * ```
 */
export function metadataOf(saved: Saved): string {
  return JSON.stringify({ [key]: JSON.stringify(saved) })
}

/**
 * Reads what stands beside the weights of a file, without the weights.
 *
 * @throws `AttuneError` `IO` where it cannot be read, `CORRUPT` where it is no file of a run.
 * @example
 * ```ts
 * const { config } = await readSaved('runs/digits-cnn/weights.safetensors')
 * ```
 */
export async function readSaved(file: string): Promise<Saved> {
  const header = await refusals(file, async () => {
    const handle = await open(file)
    try {
      return await readHeader(handle, file)
    } finally {
      await handle.close()
    }
  })
  try {
    const metadata = (JSON.parse(header) as { __metadata__?: Record<string, string> }).__metadata__
    const text = metadata?.[key]
    if (text === undefined) throw new Error('it holds no config of a run')
    return parse(schema, JSON.parse(text)) as Saved
  } catch (cause) {
    throw corrupt(file, (cause as Error).message, cause)
  }
}

async function readHeader(handle: FileHandle, file: string): Promise<string> {
  const { size } = await handle.stat()
  const prefix = Buffer.alloc(8)
  const { bytesRead } = await handle.read(prefix, 0, 8, 0)
  const length = bytesRead === 8 ? Number(prefix.readBigUInt64LE()) : Infinity
  if (length > Math.min(size - 8, mostHeaderBytes)) {
    throw corrupt(file, 'the header is longer than the file, which is cut short or no safetensors')
  }
  const header = Buffer.alloc(length)
  await handle.read(header, 0, length, 8)
  return header.toString('utf8')
}

async function refusals<T>(file: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (cause) {
    if (cause instanceof AttuneError) throw cause
    const message = `${file}: cannot be read (${(cause as Error).message}): check the path`
    throw new AttuneError('IO', message, { cause })
  }
}

function corrupt(file: string, problem: string, cause?: unknown): AttuneError {
  const message = `${file}: ${problem}: give a file that \`trainer.save\` or a run wrote`
  return new AttuneError('CORRUPT', message, { cause })
}
