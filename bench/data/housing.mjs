// California housing: the example run beside a scikit-learn MLP of the same size on the same split.
//
//     PYTHON=path/to/python node bench/data/housing.mjs path/to/housing.csv
//
// PYTHON names an interpreter with pandas and scikit-learn (see housing.py). Both train on 80 % of the
// rows, of which a tenth is kept aside, and are measured with the other 20 %: SEEDS seeds each (3).
// Printed are the test errors in dollars and the ratio of their means.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { parse } from 'yaml'

import { readTable, splitRows, Trainer } from '../../dist/index.js'

const seeds = Number(process.env.SEEDS ?? 3)
const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('expected the path of housing.csv')
const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const run = parse(readFileSync(here('../../examples/california-housing.yaml'), 'utf8'))
const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

const table = await readTable(file)
const names = table.columns.map(({ name }) => name)
const folder = mkdtempSync(join(tmpdir(), 'attune-housing-'))
// The split is drawn by the run's seed; the peer gets the rows of seed 0, as Attune does every time.
const { train, aside } = splitRows({ rows: table.rows, aside: run.data.test, seed: 0 })
const rows = join(folder, 'rows.json')
writeFileSync(rows, JSON.stringify([...aside]))
const columns = Object.fromEntries(names.map((name) => [name, table.column(name)]))
const test = Array.from(aside, (row) =>
  Object.fromEntries(names.map((name) => [name, columns[name][row]])),
)
const truth = test.map((row) => row.median_house_value)

/** The error of one run on the test rows, in dollars. */
async function own(seed) {
  const part = table.take(train)
  const data = { ...run.data, file: undefined, test: 0 }
  data.columns = Object.fromEntries(names.map((name) => [name, part.column(name)]))
  const trainer = new Trainer({ ...run, data, seed })
  await trainer.fit()
  const { values } = await trainer.predict({ rows: test })
  return Math.sqrt(mean(truth.map((value, i) => (values[i] - value) ** 2)))
}

const attune = []
for (let seed = 0; seed < seeds; seed++) attune.push(await own(seed))
const lines = execFileSync(
  process.env.PYTHON ?? 'python3',
  [here('housing.py'), file, rows, String(seeds)],
  { encoding: 'utf8' },
)
const sklearn = lines
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line).rmse)
rmSync(folder, { recursive: true })
for (const [name, errors] of Object.entries({ attune, 'scikit-learn': sklearn })) {
  const each = errors.map((error) => error.toFixed(0)).join(' ')
  console.log(`${name.padEnd(12)} test RMSE ${mean(errors).toFixed(0)} dollars (seeds: ${each})`)
}
console.log(`attune / scikit-learn ${(mean(attune) / mean(sklearn)).toFixed(3)}`)
