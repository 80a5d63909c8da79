// The files of a folder, their classes and their part: one folder a class, or the class in the name.

import { readdir } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

import { z } from 'zod'

import { show } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { Skipped } from './define.ts'

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
  readonly label?: string | undefined
  readonly test?: string | undefined
}

/** What files are looked for. */
export interface FileKinds {
  /** As in a sentence: `WAV, FLAC or MP3`. */
  readonly names: string
  /** In lower case, with the dot. */
  readonly endings: ReadonlySet<string>
}

const pattern = z.string().refine(isPattern, {
  error: ({ input }) => `expected a regular expression, got ${show(input)}`,
})

/** The schema of `test`. */
export const testPattern: z.ZodType<string, string> = pattern

/** The schema of `label`. */
export const labelPattern: z.ZodType<string, string> = pattern.refine(
  (text) => !isPattern(text) || groups(text) > 0,
  { error: ({ input }) => `expected a pattern with a group, such as ^(\\d)_, got ${show(input)}` },
)

/**
 * The files below a folder in the order of their names.
 *
 * @throws `AttuneError` `IO` where the folder cannot be read, `DATA` where it has no such files or
 *   a file has no class.
 * @example
 * ```ts
 * const sorting = { label: '^(\\d)_', test: '_[0-4]\\.wav$' }
 * await listFiles('recordings', { names: 'WAV', endings: new Set(['.wav']) }, sorting, 'data')
 * ```
 */
export async function listFiles(
  root: string,
  kinds: FileKinds,
  sorting: Sorting,
  where: string,
): Promise<LabelledFile[]> {
  const names = await namesBelow(root, kinds, where)
  if (names.length === 0) {
    const message = `${where}.root: expected ${kinds.names} files below ${root}, found none`
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

/**
 * The classes of the files to train on, sorted by name.
 *
 * @throws `AttuneError` `DATA` where there are none, or the test part has another.
 * @example
 * ```ts
 * classesOf(await listFiles(root, kinds, {}, 'data'), 'data') // ['cat', 'dog']
 * ```
 */
export function classesOf(files: readonly LabelledFile[], where: string): string[] {
  const trained = new Set(files.filter(({ isTest }) => !isTest).map(({ className }) => className))
  if (trained.size === 0) {
    const message = `${where}.test: expected files to train on, but the pattern takes all of them`
    throw new AttuneError('DATA', `${message}: narrow it`)
  }
  const unseen = files.find(({ className }) => !trained.has(className))
  if (unseen !== undefined) {
    const { className, name } = unseen
    const message = `${where}.test: expected the classes of the training files, got "${className}"`
    throw new AttuneError('DATA', `${message} of ${name}: train on some of it, or take it away`)
  }
  return [...trained].toSorted()
}

/**
 * The number of each file's class.
 *
 * @example
 * ```ts
 * labelsOf(files, ['cat', 'dog']) // Int32Array [0, 0, 1]
 * ```
 */
export function labelsOf(files: readonly LabelledFile[], classes: readonly string[]): Int32Array {
  const numbers = new Map(classes.map((name, label) => [name, label]))
  return Int32Array.from(files, ({ className }) => numbers.get(className) ?? 0)
}

/**
 * Files that native reading left out, given as JSON `[{ index, message }]`.
 *
 * @example
 * ```ts
 * skipped.push(...leftOut(read.skipped, files))
 * ```
 */
export function leftOut(json: string, files: readonly { readonly path: string }[]): Skipped[] {
  const bad = JSON.parse(json) as { index: number; message: string }[]
  return bad.map(({ index, message }) => {
    const { path = '' } = files[index] ?? {}
    return { sample: path, reason: message.replace(`${path}: `, '') }
  })
}

async function namesBelow(root: string, { endings }: FileKinds, where: string): Promise<string[]> {
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

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}

function groups(text: string): number {
  return (new RegExp(`${text}|`).exec('')?.length ?? 1) - 1
}
