// Where tests find the shared reference data.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root =
  process.env['ATTUNE_DATA'] ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'data')

/** A folder of the shared reference data, or `undefined` and a message that says so. */
export function sharedData(folder: string): string | undefined {
  const path = join(root, folder)
  if (existsSync(path)) return path
  process.stderr.write(`SKIPPED: ${path} is absent; set ATTUNE_DATA to the folder of data sets\n`)
  return undefined
}
