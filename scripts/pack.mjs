// Packs the main package and one package for each binary into npm/*.tgz: `node scripts/pack.mjs [folder of binaries]`.
// The main package.json names the platform packages only in the archive, since they exist only after a release.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const binaries = process.argv[2] ?? 'native'
const main = JSON.parse(readFileSync('package.json', 'utf8'))
const { binaryName, packageName } = main.napi

/** What npm needs to know to choose a package: `linux-x64-gnu` means linux, x64, glibc. */
const platform = (/** @type {string} */ name) => {
  const [os, cpu, abi] = name.split('-')
  const libc = abi === 'gnu' ? ['glibc'] : abi === 'musl' ? ['musl'] : undefined
  return { os: [os], cpu: [cpu], ...(libc && { libc }) }
}

const pack = (/** @type {string} */ folder) =>
  execFileSync('npm', ['pack', `./${folder}`, '--pack-destination', 'npm', '--ignore-scripts'], {
    stdio: ['ignore', 'inherit', 'ignore'],
    shell: process.platform === 'win32',
  })

const stage = (
  /** @type {string} */ name,
  /** @type {object} */ manifest,
  /** @type {string[]} */ files,
) => {
  const folder = `npm/${name}`
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  for (const file of ['LICENSE', ...files])
    cpSync(file, join(folder, basename(file)), { recursive: true })
  return folder
}

rmSync('npm', { recursive: true, force: true })
const found = readdirSync(binaries, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.node'))
  .map((file) => join(binaries, file))
if (found.length === 0) throw new Error(`no *.node in ${binaries}: run \`npm run build\` first`)

const { version, license, author, engines } = main
/** @type {Record<string, string>} */
const optionalDependencies = {}
for (const file of found) {
  const tag = basename(file).slice(binaryName.length + 1, -'.node'.length)
  const name = `${packageName}-${tag}`
  const description = `The native binary of ${main.name} for ${tag}.`
  const manifest = { name, version, description, license, author, engines, ...platform(tag) }
  pack(stage(name, { ...manifest, main: basename(file), files: [basename(file)] }, [file]))
  optionalDependencies[name] = version
}

const { devDependencies: _tools, scripts: _scripts, napi: _napi, ...published } = main
const folder = stage(main.name, { ...published, optionalDependencies }, [
  'README.md',
  'CHANGELOG.md',
  'dist',
])
cpSync('native/binding.cjs', join(folder, 'native/binding.cjs'))
cpSync('native/binding.d.cts', join(folder, 'native/binding.d.cts'))
pack(folder)
