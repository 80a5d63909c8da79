// Programs that take turns in a comparison: each answers one line of JSON to each line it is given.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** The number in the middle. */
export const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

/** Starts a program with more variables in its environment. */
export function start(command, args, env = {}) {
  const options = { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } }
  const child = spawn(command, args, options)
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
