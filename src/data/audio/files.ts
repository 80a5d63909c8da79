// The sound files of a folder, their classes and their part.

import { readdir } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

import { AttuneError } from '../../errors/index.ts'

/** A file and what it belongs to. */
export interface LabelledFile {
  readonly path: string
  /** Below the root, with `/` between folders. */
  readonly name: string
  readonly className: string
  readonly isTest: boolean
}

/** How files are sorted into classes and parts: regular expressions over their name. */
export interface Sorting {
  readonly label: string | undefined
  readonly test: string | undefined
}

const endings = new Set(['.wav', '.wave', '.flac', '.mp3'])

/**
 * The sound files below a folder in the order of their names.
 *
 * @throws `AttuneError` `IO` where the folder cannot be read, `DATA` where it has no sounds or a
 *   file has no class.
 * @example
 * ```ts
 * await listSounds('recordings', { label: '^(\\d)_', test: '_[0-4]\\.wav$' }, 'data')
 * ```
 */
export async function listSounds(
  root: string,
  sorting: Sorting,
  where: string,
): Promise<LabelledFile[]> {
  const names = await namesBelow(root, where)
  if (names.length === 0) {
    const message = `${where}.root: expected WAV, FLAC or MP3 files below ${root}, found none`
    throw new AttuneError('DATA', `${message}: check the path and the endings of the names`)
  }
  const isTest = sorting.test === undefined ? undefined : new RegExp(sorting.test)
  return names.toSorted(byCode).map((name) => ({
    path: join(root, name),
    name,
    className: classOf(name, sorting.label, where),
    isTest: isTest?.test(name) ?? false,
  }))
}

async function namesBelow(root: string, where: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .filter((entry) => endings.has(extname(entry.name).toLowerCase()))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
  } catch (cause) {
    const message = `${where}.root: ${root} cannot be read (${(cause as Error).message})`
    throw new AttuneError('IO', `${message}: check the path`, { cause })
  }
}

/** What the pattern's group finds in the file's own name, or else the folder that holds the file. */
function classOf(name: string, label: string | undefined, where: string): string {
  const [file = '', folder] = name.split('/').toReversed()
  if (label === undefined) {
    if (folder !== undefined) return folder
    const message = `${where}.root: expected a folder for each class, found ${name} outside one`
    throw new AttuneError('DATA', `${message}: sort the files, or give a pattern as \`label\``)
  }
  const found = new RegExp(label).exec(file)?.[1]
  if (found !== undefined && found !== '') return found
  const message = `${where}.label: expected a group of ${label} in every file name, not in ${name}`
  throw new AttuneError('DATA', `${message}: widen the pattern, or take the file away`)
}

/** By code points, so that the order is the same everywhere. */
function byCode(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
