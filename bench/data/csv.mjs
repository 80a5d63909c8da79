// A CSV of a million rows into typed columns: Attune beside pandas' C reader, in turn in one run.
//
//     PYTHON=path/to/python node bench/data/csv.mjs [folder]
//
// PYTHON names an interpreter with pandas (see csv_pandas.py). The file is written into the folder, or a
// temporary one: whole numbers, decimals, categories, booleans, dates as text and values missing, ROWS
// rows of 10 columns. Printed are the medians of ROUNDS rounds after one to warm up, the seconds that
// their threads worked together, which other work on the machine does not change, and the most memory
// that each program held. Attune reads on two threads, pandas' C reader on one, as it does.

import { spawn } from 'node:child_process'
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const rounds = Number(process.env.ROUNDS ?? 5)
const rows = Number(process.env.ROWS ?? 1_000_000)
const [place, role] = process.argv.slice(2)
const ratio = (of) => (of.pandas / of.attune).toFixed(2)
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

if (role === 'attune') await answer()
else await compare()

/** Answers each line with the seconds of a reading and the process' largest memory in MiB. */
async function answer() {
  const { readTable } = await import('../../dist/index.js')
  for await (const _ of createInterface({ input: process.stdin })) {
    const [begin, before] = [performance.now(), process.cpuUsage()]
    const table = await readTable(place)
    const seconds = (performance.now() - begin) / 1000
    const { user, system } = process.cpuUsage(before)
    const work = (user + system) / 1e6
    const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
    const kinds = [...new Set(table.columns.map(({ kind }) => kind))]
    process.stdout.write(`${JSON.stringify({ seconds, work, peak, rows: table.rows, kinds })}\n`)
    globalThis.gc?.()
  }
}

/** The fields of row `i`: the same for every run. */
function fields(i) {
  const word = Math.imul(i + 1, 0x9e3779b1) >>> 0
  const share = word / 2 ** 32
  const categories = ['north', 'south', 'east', 'west', 'centre']
  const day = String((i % 28) + 1).padStart(2, '0')
  return [
    i,
    word % 1000,
    (share * 1e6).toFixed(2),
    (share - 0.5).toString(),
    i % 11 === 0 ? '' : (share * 100).toFixed(4),
    categories[word % 5],
    `customer ${word % 20_000}`,
    word % 2 === 0 ? 'True' : 'False',
    `2024-${String((i % 12) + 1).padStart(2, '0')}-${day}`,
    (word % 77) / 7,
  ].join(',')
}

async function write(file) {
  const out = createWriteStream(file)
  out.write('id,units,amount,shift,score,region,customer,paid,day,ratio\n')
  for (let start = 0; start < rows; start += 10_000) {
    const count = Math.min(10_000, rows - start)
    const lines = Array.from({ length: count }, (_, i) => `${fields(start + i)}\n`)
    if (!out.write(lines.join(''))) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
}

async function compare() {
  const folder = place ?? mkdtempSync(join(tmpdir(), 'attune-csv-'))
  const file = join(folder, 'million.csv')
  await write(file)
  const own = ['node', ['--expose-gc', fileURLToPath(import.meta.url), file, 'attune']]
  const peer = [
    process.env.PYTHON ?? 'python3',
    [fileURLToPath(new URL('csv_pandas.py', import.meta.url)), file],
  ]
  const programs = { attune: start(...own), pandas: start(...peer) }
  const found = { attune: [], pandas: [] }
  for (let round = 0; round <= rounds; round++) {
    for (const [name, program] of Object.entries(programs)) {
      const figures = await program.ask()
      if (round > 0) found[name].push(figures)
    }
  }
  console.log(`${(statSync(file).size / 2 ** 20).toFixed(0)} MiB, ${rows} rows of 10 columns`)
  const [seconds, work] = [{}, {}]
  for (const [name, all] of Object.entries(found)) {
    const { peak, rows: read, kinds } = all.at(-1)
    seconds[name] = median(all.map((one) => one.seconds))
    work[name] = median(all.map((one) => one.work))
    const times = all.map((one) => one.seconds.toFixed(3)).join(' ')
    console.log(
      `${name.padEnd(7)} ${seconds[name].toFixed(3)} s, ${work[name].toFixed(3)} s of work for ${read} rows of ${kinds.join(', ')}, ` +
        `peak ${peak.toFixed(0)} MiB (rounds: ${times})`,
    )
  }
  console.log(`pandas / attune ${ratio(seconds)}, by work ${ratio(work)}`)
  for (const program of Object.values(programs)) program.end()
  rmSync(place === undefined ? folder : file, { recursive: true })
}

/** A program that answers one line of JSON to each line. */
function start(command, args) {
  const env = { ...process.env, RAYON_NUM_THREADS: '2' }
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask() {
      child.stdin.write('go\n')
      const { value, done } = await lines.next()
      if (done) throw new Error(`${command} ended before it answered`)
      return JSON.parse(value)
    },
    end: () => child.stdin.end(),
  }
}
