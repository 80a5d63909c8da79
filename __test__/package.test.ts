// What package.json promises to those who install.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const read = (file: string): string => readFileSync(join(import.meta.dirname, '..', file), 'utf8')
const manifest = JSON.parse(read('package.json')) as {
  version: string
  scripts: Record<string, string>
  dependencies: Record<string, string>
}
const lock = JSON.parse(read('package-lock.json')) as {
  packages: Record<string, { dev?: boolean; hasInstallScript?: boolean }>
}

test('nothing runs when the package is installed', () => {
  const hook = /^(?:pre|post)?(?:install|prepare|prepublish)$/
  expect(Object.keys(manifest.scripts).filter((name) => hook.test(name))).toEqual([])
})

test('no dependency of the package has an install script or needs one of its own', () => {
  const shipped = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && !entry.dev)
  const names = shipped.map(([path]) => path.replace('node_modules/', ''))
  expect(names.toSorted()).toEqual(Object.keys(manifest.dependencies).toSorted())
  expect(shipped.filter(([, entry]) => entry.hasInstallScript)).toEqual([])
})

test('the crates and the package have one version', () => {
  expect(/^version = "(.+)"$/m.exec(read('Cargo.toml'))?.[1]).toBe(manifest.version)
})
