#!/usr/bin/env node
// The program `attune`.

import { runCommand } from './program.ts'

const interrupt = new AbortController()
process.once('SIGINT', () => {
  interrupt.abort()
  process.once('SIGINT', () => process.exit(130)) // a second one does not wait for the saving
})
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
})

process.exitCode = await runCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  tty: process.stdout.isTTY,
  columns: process.stdout.isTTY ? process.stdout.columns : 80,
  signal: interrupt.signal,
})
