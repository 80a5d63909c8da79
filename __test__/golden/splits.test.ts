// Folds beside scikit-learn's: as many samples of every class, the same groups, the same times.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { splitRows } from '../../src/index.ts'

interface Case {
  readonly rows: number
  readonly folds: number
  readonly classes: number
  readonly random: readonly number[]
  readonly stratified: readonly (readonly number[])[]
  readonly time: readonly (readonly [number, number])[]
  readonly grouped: readonly (readonly number[])[]
}

const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, 'splits.json'), 'utf8'),
) as readonly Case[]

const labels = (rows: number, classes: number): number[] =>
  Array.from({ length: rows }, (_, i) => (i % 5 === 0 ? 0 : ((i * 7919 + i * i) % 97) % classes))

const groups = (rows: number): number[] =>
  Array.from({ length: rows }, (_, size) => Array.from({ length: size + 1 }, () => size))
    .flat()
    .slice(0, rows)

describe.each(cases)('$folds folds of $rows samples', (golden) => {
  const { rows, folds, classes } = golden
  const all = Array.from({ length: folds }, (_, fold) => ({ fold, of: folds }))

  test('at random are as large as those of KFold', () => {
    const sizes = all.map((aside) => splitRows({ rows, aside }).aside.length)
    expect(sizes).toEqual(golden.random)
  })

  test('by class have as many of each as those of StratifiedKFold', () => {
    const y = labels(rows, classes)
    const counts = all.map((aside) => {
      const found = splitRows({ by: 'stratified', groups: y, aside, seed: 3 }).aside
      const count = (label: number): number => found.filter((row) => y[row] === label).length
      return Array.from({ length: classes }, (_, label) => count(label))
    })
    expect(counts).toEqual(golden.stratified)
  })

  test('by time are trained on and measured with as those of TimeSeriesSplit', () => {
    const times = Array.from({ length: rows }, (_, i) => new Date(2020, 0, rows - i))
    const sizes = all.map((aside) => {
      const found = splitRows({ by: 'time', times, aside })
      expect(Math.min(...found.train)).toBeGreaterThan(Math.max(...found.aside))
      return [found.train.length, found.aside.length]
    })
    expect(sizes).toEqual(golden.time)
  })

  test('by group hold the groups of GroupKFold', () => {
    const of = groups(rows)
    const found = all.map((aside) => {
      const rowsAside = splitRows({ by: 'grouped', groups: of, aside }).aside
      return [...new Set(Array.from(rowsAside, (row) => of[row]))]
    })
    expect(found).toEqual(golden.grouped)
  })
})
