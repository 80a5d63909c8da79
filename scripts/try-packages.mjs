// Installs npm/*.tgz in an empty folder without scripts and trains from the README's own lines with them.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const LIMIT = 15 * 2 ** 20

const packages = readdirSync('npm')
  .filter((file) => file.endsWith('.tgz'))
  .map((file) => resolve('npm', file))
const bytes = packages.reduce((sum, file) => sum + statSync(file).size, 0)
console.log(
  `${packages.length} packages, ${(bytes / 2 ** 20).toFixed(2)} MiB packed, Node ${process.version}`,
)
if (packages.length < 2 || bytes > LIMIT)
  throw new Error('expected two packages of at most 15 MiB together')

const example = /```ts title="train\.ts"\n([\s\S]*?)```/.exec(
  readFileSync('README.md', 'utf8'),
)?.[1]
if (example === undefined) throw new Error('README.md has no block ```ts title="train.ts"')

const folder = mkdtempSync(join(tmpdir(), 'attune-'))
const run = (/** @type {string} */ program, /** @type {string[]} */ ...args) =>
  execFileSync(program, args, {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
try {
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const offline = process.argv.includes('--offline') ? ['--offline'] : []
  run('npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', ...offline, ...packages)
  writeFileSync(join(folder, 'train.mjs'), example)
  run(process.execPath, 'train.mjs')
  run('npx', 'attune', 'train', 'digits-cnn', '--set', 'epochs=1')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
