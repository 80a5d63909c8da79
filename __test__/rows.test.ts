// Keeps the rows of src: a file imports its own folder and rows below it, never a row above or beside.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import { expect, test } from 'vitest'

const rows: readonly (readonly string[])[] = [
  ['native'],
  ['errors'],
  ['config'],
  ['tensor'],
  ['nn', 'optim', 'data', 'metrics'],
  ['models', 'callbacks'],
  ['trainer'],
  ['tuner'],
  ['privacy', 'export'],
  ['cli', 'dashboard'],
  ['index'],
]

const source = join(import.meta.dirname, '..', 'src')

/** The part of the library that a path relative to src belongs to: its folder, or its name at the top. */
const part = (path: string): string => path.split(sep)[0]!.replace(/\.ts$/, '')
const row = (path: string): number => rows.findIndex((names) => names.includes(part(path)))

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && !path.endsWith('.d.ts'),
)

/** Every module specifier that a file names: static, type-only, re-exported or dynamic. */
const specifiers = (text: string): string[] =>
  [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!)

const imports = files.flatMap((file) =>
  specifiers(readFileSync(join(source, file), 'utf8')).map((specifier) => ({ file, specifier })),
)

test('every file of src stands in one of the rows', () => {
  expect(files.length).toBeGreaterThan(0)
  expect(files.filter((file) => row(file) < 0)).toEqual([])
})

test('a file imports only its own part and rows below it', () => {
  const relatives = imports.filter(({ specifier }) => specifier.startsWith('.'))
  expect(relatives.length).toBeGreaterThan(0)
  const upward = relatives
    .map(({ file, specifier }) => ({ file, target: normalize(join(dirname(file), specifier)) }))
    .filter(({ file, target }) => part(target) !== part(file) && row(target) >= row(file))
    .map(({ file, target }) => `${file} imports ${target}`)
  expect(upward).toEqual([])
})

test('the tuner never imports the trainer', () => {
  const found = imports.filter(
    ({ file, specifier }) =>
      part(file) === 'tuner' && part(normalize(join(dirname(file), specifier))) === 'trainer',
  )
  expect(found).toEqual([])
})

test('only the lowest row loads the native binary', () => {
  const loaders = files.filter((file) =>
    readFileSync(join(source, file), 'utf8').includes("'#native'"),
  )
  expect(loaders.map(part)).toEqual(['native'])
})

test('index has named exports only', () => {
  const index = readFileSync(join(source, 'index.ts'), 'utf8')
  expect(index).not.toMatch(/export\s+(?:default|\*)/)
})
