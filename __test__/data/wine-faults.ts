// The wine-quality set with planted faults, and where each of them is.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { numbers } from '../golden/numbers.ts'

/** What is wrong with a value, or with a row. */
export type FaultKind = 'missing' | 'duplicates' | 'range' | 'types' | 'misspelt'

/** A planted fault: a column of a row, or a row as a whole. */
export interface Fault {
  readonly kind: FaultKind
  readonly row: number
  readonly column?: string
}

const measured = [
  'fixedAcidity',
  'volatileAcidity',
  'citricAcid',
  'residualSugar',
  'chlorides',
  'freeSulfurDioxide',
  'totalSulfurDioxide',
  'density',
  'pH',
  'sulphates',
  'alcohol',
  'quality',
]
/** Slips of a decimal point, by the columns of which the possible range is known. */
const slips: Readonly<Record<string, number>> = { density: 100, pH: 10, alcohol: 10 }
const words = ['low', '12,5', '3.4 g/l', '1.2.3', 'see note', 'O.5']
const misspellings: Readonly<Record<string, readonly string[]>> = {
  white: ['whte', 'whiet', 'wite', 'White', 'whitee', 'whit'],
  red: ['redd', 'rde', 'erd', 'Red', 'rd'],
}

/** A whole number below `end`, a function of the name and the place. */
function draw(name: string, place: number, end: number): number {
  const [x = 0] = numbers(`${name} ${place}`, [1])
  return Math.min(end - 1, Math.floor(((x + 2) / 4) * end))
}

/** Both files of the set, less the rows that repeat another: 12 measured columns and the colour. */
export function wines(folder: string): { names: string[]; rows: string[][] } {
  const read = (colour: string): string[][] =>
    readFileSync(join(folder, `jb-winequality-${colour}.csv`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => [
        ...line
          .trim()
          .split(',')
          .map((text) => String(Number(text))),
        colour,
      ])
  const rows = new Map([...read('red'), ...read('white')].map((row) => [row.join(), row]))
  return { names: [...measured, 'colour'], rows: [...rows.values()] }
}

/** The text of the set with `each` faults of every kind, no two in one row. */
export function plant(folder: string, each: number): { text: string; faults: Fault[] } {
  const { names, rows } = wines(folder)
  const order = Array.from(numbers('order', [rows.length]), (x, row) => ({ x, row }))
  const free = order.toSorted((a, b) => a.x - b.x).map(({ row }) => row)
  const spoilt = new Map<readonly string[], Omit<Fault, 'row'>>()
  const spoil = (kind: FaultKind, column: string, change: (text: string) => string): void => {
    const row = rows[free.pop() ?? 0]!
    row[names.indexOf(column)] = change(row[names.indexOf(column)] ?? '')
    spoilt.set(row, { kind, column })
  }
  const copies: string[][] = []
  for (let i = 0; i < each; i++) {
    spoil('missing', measured[draw('missing', i, measured.length)]!, () => '')
    const slip = Object.keys(slips)[draw('slip', i, 3)]!
    const flips = draw('flip', i, 2) === 1
    spoil('range', slip, (text) => String(Number(text) * (flips ? -1 : slips[slip]!)))
    const word = words[draw('word', i, words.length)]!
    spoil('types', measured[draw('types', i, measured.length)]!, () => `"${word}"`)
    spoil('misspelt', 'colour', (text) => {
      const wrong = misspellings[text] ?? []
      return wrong[draw('misspelt', i, wrong.length)] ?? ''
    })
    copies.push([...rows[free.pop() ?? 0]!])
  }
  const first = new Map(rows.map((row, at) => [row.join(), at]))
  const all = [...rows]
  copies.forEach((copy, i) => {
    const after = (first.get(copy.join()) ?? 0) + each
    all.splice(after + draw('copy', i, Math.max(1, all.length - after)), 0, copy)
    spoilt.set(copy, { kind: 'duplicates' })
  })
  const faults = all.flatMap((row, at) => {
    const fault = spoilt.get(row)
    return fault === undefined ? [] : [Object.assign({ row: at }, fault)]
  })
  return { text: [names, ...all].map((row) => row.join()).join('\n'), faults }
}
