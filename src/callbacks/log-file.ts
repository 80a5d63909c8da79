// LogFile: text that is added to a file while a run goes on.

import { appendFile, mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

import { z } from 'zod'

import { show } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'

const error = ({ input }: { input?: unknown }): string =>
  `expected the name of a file, got ${show(input)}`

/** The schema of a file's name. */
export const fileField: z.ZodString = z.string({ error }).min(1, { error })

/** A file that a callback writes. */
export class LogFile {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /**
   * Begins the file anew, or leaves what it holds; whether it is empty then.
   *
   * @throws `AttuneError` `IO` where it cannot be written.
   */
  async begin(append: boolean): Promise<boolean> {
    return this.#refusals(async () => {
      await mkdir(dirname(this.#file), { recursive: true })
      await writeFile(this.#file, '', { flag: append ? 'a' : 'w' })
      return (await stat(this.#file)).size === 0
    })
  }

  /** @throws `AttuneError` `IO` where it cannot be written. */
  async add(text: string): Promise<void> {
    if (text !== '') await this.#refusals(() => appendFile(this.#file, text))
  }

  async #refusals<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body()
    } catch (cause) {
      const message = `${this.#file}: cannot be written (${(cause as Error).message}): choose another`
      throw new AttuneError('IO', message, { cause })
    }
  }
}
