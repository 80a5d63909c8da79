// `attune init`: writes a typed config to start from; never over a file that exists.

import { writeFile } from 'node:fs/promises'

import { AttuneError } from '../errors/index.ts'
import { writeLine } from './io.ts'
import type { Io } from './io.ts'

const template = `import {
  accuracy, adam, batchNorm, conv2d, crossEntropy, datasets, dense, dropout, earlyStopping,
  exponentialDecay, flatten, maxPool2d, sequential, type RunConfig,
} from 'attune'

const config: RunConfig = {
  model: sequential([
    conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    maxPool2d({ poolSize: 2 }),
    dropout({ rate: 0.25 }),
    batchNorm(),
    flatten(),
    dense({ units: 128, activation: 'relu' }),
    dropout({ rate: 0.5 }),
    dense({ units: 10 }),
  ]),
  data: datasets.digits(),
  loss: crossEntropy(),
  metrics: [accuracy()],
  optimizer: adam({ learningRate: exponentialDecay({ initial: 2e-3, rate: 0.93 }) }),
  batchSize: 32,
  epochs: 15,
  seed: 0,
  callbacks: [earlyStopping({ monitor: 'val.loss', patience: 5, restoreBest: true })],
}

export default config
`

/**
 * Writes the config; the exit code.
 *
 * @throws `AttuneError` `IO` where the file exists or cannot be written.
 * @example
 * ```ts
 * process.exitCode = await init('attune.config.ts', {}, io)
 * ```
 */
export async function init(
  file: string,
  options: { readonly json?: boolean },
  io: Io,
): Promise<number> {
  try {
    await writeFile(file, template, { flag: 'wx' })
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    const problem = exists
      ? 'exists and is left as it is: name another file'
      : `cannot be written (${(cause as Error).message})`
    throw new AttuneError('IO', `${file}: ${problem}`, { cause })
  }
  if (options.json === true) writeLine(io, { type: 'end', file })
  else io.out(`wrote ${file}; train it with: attune train ${file}\n`)
  return 0
}
