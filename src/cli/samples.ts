// Samples as a command line gives them: JSON, .json and .npy files, raw files, or sentences.

import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'

import { rawOf } from '../data/index.ts'
import type { Preparation, RawSamples } from '../data/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { Samples } from '../trainer/index.ts'
import { readNpy } from './npy.ts'

/**
 * The samples that words mean: an array or rows of objects as JSON, a .json or .npy file, or what
 * the preparation of the run reads (pictures, sounds, tables, sentences).
 *
 * @throws `AttuneError` `DATA`, `IO` or `CORRUPT`.
 * @example
 * ```ts
 * await readSamples(['[[0, 1]]'], undefined) // [[0, 1]]
 * ```
 */
export async function readSamples(
  words: readonly string[],
  preparation: Preparation | undefined,
): Promise<Samples | RawSamples> {
  const [first = ''] = words
  const kind = extname(first)
  if (words.length === 1 && kind === '.npy') return readNpy(await bytesOf(first), first).values
  if (words.length === 1 && kind === '.json') return parsed(await textOf(first))
  if (words.length === 1 && /^\s*[[{]/.test(first)) return parsed(first)
  if (preparation !== undefined) return rawOf(words, preparation)
  const message =
    'samples: expected an array of samples such as [[0, 1], [2, 3]], or a .json or .npy file'
  throw new AttuneError('DATA', `${message}: the run's data were arrays, so no other form is known`)
}

function parsed(json: string): Samples | RawSamples {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    const message = `samples: not valid JSON (${(cause as Error).message})`
    throw new AttuneError('DATA', message, { cause })
  }
  const samples = Array.isArray(value) ? value : [value]
  const areRows = samples.every((one) => typeof one === 'object' && one !== null)
  if (areRows && !samples.some(Array.isArray)) return { rows: samples as Record<string, unknown>[] }
  return samples as Samples
}

async function textOf(file: string): Promise<string> {
  return (await bytesOf(file)).toString('utf8')
}

function bytesOf(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    const message = `${file}: cannot be read (${(cause as Error).message}): check the path`
    throw new AttuneError('IO', message, { cause })
  })
}
