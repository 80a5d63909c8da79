// The folder of a run: config.json, split.json, events.jsonl, weights.safetensors.

import { access, constants, mkdir, open, writeFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

import type { TrainingEvent } from '../callbacks/index.ts'
import type { SplitRecord } from '../data/index.ts'
import { AttuneError } from '../errors/index.ts'

/** A run's folder, open for its events. */
export class RunFolder {
  readonly path: string
  readonly weights: string
  readonly #events: FileHandle
  #lines = ''

  private constructor(path: string, events: FileHandle) {
    this.path = path
    this.weights = join(path, 'weights.safetensors')
    this.#events = events
  }

  /**
   * Makes the folder and begins its events anew.
   *
   * @throws `AttuneError` `IO` where it cannot be written.
   */
  static async create(path: string, config: unknown): Promise<RunFolder> {
    return refusals(path, async () => {
      await mkdir(path, { recursive: true })
      await access(path, constants.W_OK)
      await writeFile(join(path, 'config.json'), `${JSON.stringify(config, null, 2)}\n`)
      return new RunFolder(path, await open(join(path, 'events.jsonl'), 'w'))
    })
  }

  /** Writes which samples went to which part, so that runs on the same ones can be told. */
  async recordSplit(split: SplitRecord): Promise<void> {
    const text = `${JSON.stringify({ sha256: split }, null, 2)}\n`
    await refusals(this.path, () => writeFile(join(this.path, 'split.json'), text))
  }

  record(event: TrainingEvent): void {
    this.#lines += `${JSON.stringify(event)}\n`
  }

  /** Writes what was recorded. */
  async flush(): Promise<void> {
    const lines = this.#lines
    this.#lines = ''
    if (lines !== '') await refusals(this.path, () => this.#events.appendFile(lines))
  }

  async close(): Promise<void> {
    try {
      await this.flush()
    } finally {
      await this.#events.close()
    }
  }
}

async function refusals<T>(path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (cause) {
    const message =
      `${path}: the run folder cannot be written (${(cause as Error).message}): ` +
      'choose another with `runs`, or make it writable'
    throw new AttuneError('IO', message, { cause })
  }
}
