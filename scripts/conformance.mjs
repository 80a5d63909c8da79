// Prints what is proved of every layer, loss, optimizer, schedule, metric and the rest, by tests that ran.
//
//     npm run conformance
//
// A cell counts the tests that passed for one thing and one column; an empty or failed one ends with 1.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const columns = ['golden', 'gradient', 'threads', 'save and load', 'schema']
const none = 'has none'
const conformance = 'conformance/runs'

/** By kind and column: the test file, and words of the title; `$` stands for the name. */
const proofs = {
  layer: {
    golden: [
      ['golden/layers', '\\d+ $ computes'],
      ['golden/attention', '\\d+ $ computes'],
      ['nn/dropouts', '\\b$\\b'],
    ],
    gradient: [['conformance/gradients', 'layer $ has']],
    threads: [['trainer/every-layer', '^$ trains alike']],
    'save and load': [['trainer/every-layer', '^$ goes on']],
    schema: [['nn/layer-options', '^$ ']],
  },
  loss: {
    golden: [['golden/losses', '\\b$\\b']],
    gradient: [['conformance/gradients', 'loss $ has']],
  },
  optimizer: { golden: [['golden/optimizers', '\\b$\\b']] },
  schedule: { golden: [['golden/schedules', '\\b$\\b']] },
  metric: { golden: [['golden/metrics', '\\b$\\b']] },
  regularizer: {
    golden: [['nn/regularizers', '\\b$\\b']],
    gradient: [['nn/regularizers', 'gradient']],
  },
  constraint: { golden: [['golden/optimizers', '\\b$\\b']] },
  initializer: { golden: [['nn/initializers', '\\b$\\b']] },
  callback: {
    golden: [
      ['callbacks/', '\\b$\\b'],
      ['golden/schedules', '\\b$\\b'],
    ],
  },
  change: { golden: [['trainer/augment', '\\b$\\b']] },
}

const folder = mkdtempSync(join(tmpdir(), 'attune-conformance-'))
const report = join(folder, 'report.json')
const files = ['conformance', 'golden', 'nn', 'callbacks', 'trainer/every-layer', 'trainer/augment']
const paths = files.map((file) => `__test__/${file}`)
spawnSync('npx', ['vitest', 'run', '--reporter=json', `--outputFile=${report}`, ...paths], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
const tests = JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap(
  ({ name, assertionResults }) =>
    assertionResults.map(({ title, status }) => ({
      file: name,
      title: title.replaceAll("'", ''),
      passed: status === 'passed',
    })),
)
rmSync(folder, { recursive: true })

/** What the tests say of one cell: how many passed, or what is wrong. */
function cell(kind, type, column) {
  const own = proofs[kind][column]
  if (own === undefined && column === 'gradient') return none
  const words = { threads: 'trains alike', 'save and load': 'comes back', schema: 'is refused' }
  const wanted = own ?? [[conformance, `^${kind} $ ${words[column]}`]]
  const found = tests.filter(({ file, title }) =>
    wanted.some(([path, pattern]) => {
      const name = new RegExp(pattern.replaceAll('$', type))
      return file.includes(`/__test__/${path}`) && name.test(title)
    }),
  )
  if (found.length === 0) return 'EMPTY'
  const failed = found.filter(({ passed }) => !passed).length
  return failed === 0 ? `${found.length}` : `${failed} FAILED`
}

/** Every name, from the titles of the tests that each of a list has to have. */
const layers = new Set(
  tests.flatMap(({ title }) => /^layer (\w+) has the gradient/.exec(title)?.[1] ?? []),
)
const others = tests.flatMap(({ title }) => {
  const [, kind, type] = /^(\w+) (\w+) is refused under its path/.exec(title) ?? []
  return kind === undefined ? [] : [[kind, type]]
})
const rows = [...Array.from(layers, (type) => ['layer', type]), ...others]
const width = Math.max(...rows.map((row) => row.join(' ').length))
console.log(['name'.padEnd(width), ...columns].join('  '))
let wrong = rows.length === 0 ? 1 : 0
for (const [kind, type] of rows) {
  const cells = columns.map((column) => cell(kind, type, column))
  wrong += cells.filter((text) => /EMPTY|FAILED/.test(text)).length
  const line = cells.map((text, i) => text.padEnd(columns[i].length))
  console.log([`${kind} ${type}`.padEnd(width), ...line].join('  '))
}
console.log(`${rows.length} rows, ${wrong} cells empty or failed`)
process.exitCode = wrong === 0 ? 0 : 1
