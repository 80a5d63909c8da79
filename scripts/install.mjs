// Installs the locked packages when they are absent or older than the lock, so one command works in a clean clone.
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'

/** @param {string} path */
const changed = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

if (changed('node_modules/.package-lock.json') < changed('package-lock.json')) {
  const { status } = spawnSync('npm ci --no-audit --no-fund', { shell: true, stdio: 'inherit' })
  process.exit(status ?? 1)
}
