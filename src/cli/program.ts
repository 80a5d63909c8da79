// The command line: its commands and options, and the exit code of what they did.

import { readFileSync } from 'node:fs'

import { Command, CommanderError } from 'commander'

import { fromNative } from '../errors/index.ts'
import { recipes } from '../models/index.ts'
import { evaluateRun } from './eval.ts'
import type { EvalOptions } from './eval.ts'
import { init } from './init.ts'
import { inspect } from './inspect.ts'
import { inspectData } from './inspect-data.ts'
import type { InspectDataOptions } from './inspect-data.ts'
import type { InspectOptions } from './inspect.ts'
import { UsageError, writeLine } from './io.ts'
import type { Io } from './io.ts'
import { predictSamples } from './predict.ts'
import type { PredictOptions } from './predict.ts'
import { train } from './train.ts'
import type { TrainOptions } from './train.ts'

/**
 * Runs a command; its exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted after saving.
 *
 * @param args what follows the program's name.
 * @example
 * ```ts
 * process.exitCode = await runCommand(['train', 'digits-cnn', '--json'], io)
 * ```
 */
export async function runCommand(args: readonly string[], io: Io): Promise<number> {
  let exitCode = 0
  let ended = false
  const watched: Io = {
    ...io,
    out: (text) => {
      ended ||= text.startsWith('{"type":"end"')
      io.out(text)
    },
  }
  const program = describeCommands(watched, (code) => (exitCode = code))
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const usage = error instanceof UsageError
    const { code, message } = usage ? { code: 'USAGE', message: error.message } : fromNative(error)
    io.err(`${code}: ${message}\n`)
    if (args.includes('--json') && !ended) {
      writeLine(io, { type: 'end', stoppedBy: 'error', error: { code, message } })
    }
    return usage ? 2 : 1
  }
}

const trainedWith = "the config it was trained with, for a model of one's own classes"

function describeCommands(io: Io, done: (exitCode: number) => void): Command {
  const program = new Command('attune')
    .description('Trains and tunes deep networks.')
    .version(version())
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
  const known = Object.values(recipes).map(({ name, description }) => `  ${name}: ${description}`)
  program.addHelpText('after', `\nRecipes:\n${known.join('\n')}`)

  withCommon(program.command('train').argument('<config>', 'a config file or a recipe'))
    .description('trains, and writes runs/<name>/')
    .option(
      '--name <name>',
      "the run's name; by default the config's, with a number if it is taken",
    )
    .action(async (source: string, options: TrainOptions) => done(await train(source, options, io)))
  withCommon(
    program.command('eval').argument('<run>', 'a run folder, its name, or a file of weights'),
  )
    .description('measures a saved run on its test or validation part')
    .option('--part <part>', 'train, validation or test')
    .option('--report', 'prints precision, recall and F1 of each class')
    .option('--config <file>', trainedWith)
    .action(async (source: string, options: EvalOptions) =>
      done(await evaluateRun(source, options, io)),
    )
  withCommon(
    program.command('predict').argument('<run>', 'a run folder, its name, or a file of weights'),
  )
    .argument('<samples...>', 'raw files, sentences, JSON, or a .json or .npy file')
    .description('prints labels with probabilities, or values')
    .option('--csv', 'a table with a header')
    .option('--config <file>', trainedWith)
    .action(async (source: string, samples: string[], options: PredictOptions) =>
      done(await predictSamples(source, samples, options, io)),
    )
  const inspected = program.command('inspect').argument('<config>', 'a config file or a recipe')
  withCommon(inspected.command('data').argument('<config>', 'a config file or a recipe'))
    .description('prints types, ranges, class balance and duplicates of the data')
    .option('--sheet <file.png>', 'draws training samples, changed as steps see them')
    .option('--samples <number>', 'how many are drawn', '16')
    .action(async (source: string, _options: unknown, command: Command) =>
      done(await inspectData(source, command.optsWithGlobals<InspectDataOptions>(), io)),
    )
  withCommon(inspected)
    .description('prints layers, shapes, parameters, FLOPs and planned memory')
    .option('--schedule [file.svg]', 'draws the learning rate of each step instead')
    .action(async (source: string, options: InspectOptions) =>
      done(await inspect(source, options, io)),
    )
  program
    .command('init')
    .argument('[file]', 'the file to write', 'attune.config.ts')
    .description('writes a typed config to start from')
    .option('--json', 'one JSON object a line')
    .action(async (file: string, options: { json?: boolean }) =>
      done(await init(file, options, io)),
    )
  return program
}

function collect(value: string, all: readonly string[]): string[] {
  return [...all, value]
}

function withCommon(command: Command): Command {
  return command
    .option('--set <path=value>', 'replaces a value of the config; may be repeated', collect, [])
    .option('--seed <number>', "the run's seed")
    .option('--threads <number>', 'native threads')
    .option('--json', 'one JSON object a line on stdout and nothing else; the last has type end')
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
