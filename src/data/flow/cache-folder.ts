// Samples written once to a folder of files, a column each, and mapped into memory from there.

import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

import { z } from 'zod'

import { parse, wholeNumber } from '../../config/index.ts'
import { AttuneError } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { NativeDataSet } from '../../native.ts'
import type { TypedArray } from '../../tensor/index.ts'
import { columnSchema } from '../columns.ts'
import type { Collector } from './collector.ts'
import { typesOf } from './gathered.ts'
import type { Sample } from './gathered.ts'

/** Samples that are written at a time. */
const blockSamples = 4096

/** What stands in `cache.json`, which is written last. */
const manifest = z.object({
  version: z.literal(1),
  samples: wholeNumber(1),
  columns: z.record(z.string(), columnSchema),
})

/**
 * The samples of a folder; it is filled with those of `values` first, unless it has been.
 *
 * @throws `AttuneError` `IO` where it cannot be written, `CORRUPT` where its files contradict it.
 * @example
 * ```ts
 * const samples = await cached('cache/train', collector, () => feed.epoch())
 * ```
 */
export async function cached(
  folder: string,
  collector: Collector,
  values: () => AsyncIterable<Sample>,
): Promise<NativeDataSet> {
  const file = join(folder, 'cache.json')
  const known = await readFile(file, 'utf8').catch(() => undefined)
  if (known === undefined) await fill(folder, file, collector, values())
  const { samples, columns } = await readManifest(file)
  const files = Object.keys(columns).map((name) => [name, join(folder, `${name}.bin`)] as const)
  return native().DataSet.map(Object.fromEntries(files), JSON.stringify(columns), samples)
}

async function fill(
  folder: string,
  file: string,
  collector: Collector,
  values: AsyncIterable<Sample>,
): Promise<void> {
  const iterator = values[Symbol.asyncIterator]()
  const handles = new Map<string, FileHandle>()
  let samples = 0
  let read = 0
  try {
    await refusals(folder, () => mkdir(folder, { recursive: true }))
    for (;;) {
      const block = await collector.some(iterator, blockSamples, read)
      if (block.samples !== undefined && collector.kind !== undefined) {
        for (const name of Object.keys(typesOf(collector.kind))) {
          const path = join(folder, `${name}.bin`)
          const handle = handles.get(name) ?? (await refusals(path, () => open(path, 'w')))
          handles.set(name, handle)
          const bytes = bytesOf(block.samples.column(name))
          await refusals(path, () => handle.appendFile(bytes))
        }
      }
      samples += block.good
      read += block.read
      if (block.good < blockSamples) break
    }
    for (const [name, handle] of handles) await refusals(name, () => handle.sync())
  } finally {
    await iterator.return?.()
    for (const handle of handles.values()) await handle.close()
  }
  if (collector.kind === undefined || samples === 0) {
    throw new AttuneError('DATA', `expected at least one sample, got none of ${read} that fits`)
  }
  const told = { version: 1, samples, columns: typesOf(collector.kind) }
  await refusals(file, async () => {
    await writeFile(`${file}.part`, JSON.stringify(told))
    await rename(`${file}.part`, file)
  })
}

async function readManifest(file: string): Promise<z.infer<typeof manifest>> {
  const text = await refusals(file, () => readFile(file, 'utf8'))
  try {
    return parse(manifest, JSON.parse(text))
  } catch (cause) {
    const message = `${file}: ${(cause as Error).message}: remove the folder to have it written again`
    throw new AttuneError('CORRUPT', message, { cause })
  }
}

function bytesOf(values: TypedArray): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

async function refusals<T>(path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (cause) {
    const message = `${path}: the cache cannot be used (${(cause as Error).message}): choose another folder`
    throw new AttuneError('IO', message, { cause })
  }
}
