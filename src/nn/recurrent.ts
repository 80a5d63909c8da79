// What the recurrent layers share: their options, one pass over the steps, and how passes are stacked.

import type { z } from 'zod'

import { flag, number, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { elements, here, Tensor } from '../tensor/index.ts'
import type { RecurrenceOptions } from '../tensor/index.ts'
import { constraintSchema } from './constraint.ts'
import type { Constraint } from './constraint.ts'
import { initializerSchema } from './initializers.ts'
import type { Initializer } from './initializers.ts'
import { lengthsOf } from './lengths.ts'
import { Module } from './module.ts'
import type { StateOptions } from './module.ts'
import { regularizerSchema } from './regularizer.ts'
import type { Regularizer } from './regularizer.ts'
import { currentMode } from './trace.ts'

/** Options of any recurrent layer. */
export interface RecurrentOptions {
  /** The size of the state, at least 1. */
  readonly units: number
  /** How many layers lie on each other, at least 1. Default: 1. */
  readonly layers?: number | undefined
  /**
   * Whether every layer also reads from the last step to the first, with weights of its own; the
   * outputs lie side by side, so there are `2 * units`. Default: false.
   */
  readonly bidirectional?: boolean | undefined
  /**
   * The share of values between layers that become 0 while training, from 0 and below 1. Default: 0.
   */
  readonly dropout?: number | undefined
  /** Whether there are biases. Default: true. */
  readonly bias?: boolean | undefined
  /**
   * Whether the output is that of every step; else it is the last state of each direction of the last
   * layer. Default: true, as PyTorch's first output (Keras: false).
   */
  readonly returnSequences?: boolean | undefined
  /** Of the weights of the input. Default: `fanInUniform` by `units`. */
  readonly weightInitializer?: Initializer | undefined
  /** Of the weights of the state. Default: `fanInUniform` by `units`. */
  readonly recurrentInitializer?: Initializer | undefined
  /** Of both biases. Default: `fanInUniform` by `units`. */
  readonly biasInitializer?: Initializer | undefined
  /** A penalty on the weights of the input that is added to the loss. Default: none. */
  readonly kernelRegularizer?: Regularizer | undefined
  /** A penalty on the weights of the state that is added to the loss. Default: none. */
  readonly recurrentRegularizer?: Regularizer | undefined
  /** A penalty on both biases that is added to the loss. Default: none. */
  readonly biasRegularizer?: Regularizer | undefined
  /** What holds of the weights of the input after each update. Default: nothing. */
  readonly kernelConstraint?: Constraint | undefined
  /** What holds of the weights of the state after each update. Default: nothing. */
  readonly recurrentConstraint?: Constraint | undefined
  /** What holds of both biases after each update. Default: nothing. */
  readonly biasConstraint?: Constraint | undefined
}

/** What is filled in of `RecurrentOptions`. */
export interface RecurrentDefaults {
  readonly layers: number
  readonly bidirectional: boolean
  readonly dropout: number
  readonly bias: boolean
  readonly returnSequences: boolean
  readonly weightInitializer: Initializer
  readonly recurrentInitializer: Initializer
  readonly biasInitializer: Initializer
}

interface RecurrentFields {
  units: z.ZodNumber
  layers: z.ZodDefault<z.ZodNumber>
  bidirectional: z.ZodDefault<z.ZodBoolean>
  dropout: z.ZodDefault<z.ZodNumber>
  bias: z.ZodDefault<z.ZodBoolean>
  returnSequences: z.ZodDefault<z.ZodBoolean>
  weightInitializer: z.ZodDefault<typeof initializerSchema>
  recurrentInitializer: z.ZodDefault<typeof initializerSchema>
  biasInitializer: z.ZodDefault<typeof initializerSchema>
  kernelRegularizer: z.ZodOptional<typeof regularizerSchema>
  recurrentRegularizer: z.ZodOptional<typeof regularizerSchema>
  biasRegularizer: z.ZodOptional<typeof regularizerSchema>
  kernelConstraint: z.ZodOptional<typeof constraintSchema>
  recurrentConstraint: z.ZodOptional<typeof constraintSchema>
  biasConstraint: z.ZodOptional<typeof constraintSchema>
}

/** The fields of `RecurrentOptions`. */
export const recurrentFields: RecurrentFields = {
  units: wholeNumber(1),
  layers: wholeNumber(1).default(1),
  bidirectional: flag().default(false),
  dropout: number({ from: 0, below: 1 }).default(0),
  bias: flag().default(true),
  returnSequences: flag().default(true),
  weightInitializer: initializerSchema.default('fanInUniform'),
  recurrentInitializer: initializerSchema.default('fanInUniform'),
  biasInitializer: initializerSchema.default('fanInUniform'),
  kernelRegularizer: regularizerSchema.optional(),
  recurrentRegularizer: regularizerSchema.optional(),
  biasRegularizer: regularizerSchema.optional(),
  kernelConstraint: constraintSchema.optional(),
  recurrentConstraint: constraintSchema.optional(),
  biasConstraint: constraintSchema.optional(),
}

type Cell = RecurrenceOptions['cell']

const gates: Readonly<Record<Cell, number>> = { rnnTanh: 1, rnnRelu: 1, lstm: 4, gru: 3 }

/** One layer in one direction. */
class Pass extends Module {
  readonly config: RecurrentOptions & RecurrentDefaults
  readonly cell: Cell
  readonly reverse: boolean

  constructor(config: RecurrentOptions & RecurrentDefaults, cell: Cell, reverse: boolean) {
    super()
    this.config = config
    this.cell = cell
    this.reverse = reverse
  }

  /** The states after each step, `[batch, time, units]`; after the end of a sequence its last one. */
  override forward(x: Tensor, lengths?: Tensor): Tensor {
    const { config, cell, reverse } = this
    const { units, bias } = config
    const [batch = 0, time = 0, inputs = 0] = x.shape
    const columns = gates[cell] * units
    const weight = this.state('weight', [inputs, columns], {
      ...this.#begins(config.weightInitializer),
      regularizer: config.kernelRegularizer,
      constraint: config.kernelConstraint,
    })
    const recurrent = this.state('recurrentWeight', [units, columns], {
      ...this.#begins(config.recurrentInitializer),
      regularizer: config.recurrentRegularizer,
      constraint: config.recurrentConstraint,
    })
    const product = x.reshape([batch * time, inputs]).matMul(weight)
    const own = bias ? this.#bias('bias', columns) : undefined
    const ofState = bias ? this.#bias('recurrentBias', columns) : undefined
    // The GRU's reset gate multiplies the bias of the state, so that one is not part of the inputs.
    const outside = cell === 'gru' ? undefined : ofState
    const biases = [own, outside].filter((one) => one !== undefined)
    const biased = biases.reduce((y, one) => y.add(one), product)
    const first = Tensor.zeros([batch, units])
    const { states } = biased.reshape([batch, time, columns]).recurrence(recurrent, first, {
      cell,
      reverse,
      lengths,
      ...(cell === 'lstm' && { cellState: first }),
      ...(cell === 'gru' && { bias: ofState ?? Tensor.zeros([columns]) }),
    })
    return states
  }

  #bias(name: string, columns: number): Tensor {
    const { biasInitializer, biasRegularizer, biasConstraint } = this.config
    return this.state(name, [columns], {
      ...this.#begins(biasInitializer),
      regularizer: biasRegularizer,
      constraint: biasConstraint,
    })
  }

  /** PyTorch draws all within ±1 / √units, whatever the size of the input. */
  #begins(initializer: Initializer): Pick<StateOptions, 'initializer' | 'fans'> {
    const type = typeof initializer === 'string' ? initializer : initializer.type
    const { units } = this.config
    const fans = type === 'fanInUniform' ? { fanIn: units, fanOut: units } : undefined
    return { initializer, fans }
  }
}

/** Recurrent layers on each other. */
export abstract class RecurrentLayer<
  Config extends RecurrentOptions & RecurrentDefaults,
> extends Module {
  readonly config: Config
  readonly layers: readonly { readonly ahead: Pass; readonly back?: Pass }[]

  constructor(config: Config, cell: Cell) {
    super()
    this.config = config
    this.layers = Array.from({ length: config.layers }, () => ({
      ahead: new Pass(config, cell, false),
      ...(config.bidirectional && { back: new Pass(config, cell, true) }),
    }))
  }

  override forward(x: Tensor, lengths?: Tensor): Tensor {
    const { dropout, returnSequences, units } = this.config
    const [batch = 0, time = 0] = checked(x)
    const steps = lengths && lengthsOf(lengths, batch)
    const given = steps === undefined ? [] : [steps]
    const drops = currentMode() === 'train' && dropout > 0
    let passes: Tensor[] = []
    for (const [index, { ahead, back }] of this.layers.entries()) {
      const below = index === 0 ? x : beside(passes, 2)
      const input = index > 0 && drops ? below.dropout(dropout, this.site()) : below
      passes = [ahead, ...(back ? [back] : [])].map((pass) => pass.forward(input, ...given))
    }
    if (!returnSequences) {
      const last = passes.map((states, back) => {
        const at = back === 1 ? 0 : time - 1
        return states.slice([0, at, 0], [batch, at + 1, units]).reshape([batch, units])
      })
      return beside(last, 1)
    }
    const y = beside(passes, 2)
    return steps === undefined ? y : y.maskTime(steps)
  }
}

function beside(parts: readonly Tensor[], axis: number): Tensor {
  const [first, ...others] = parts
  if (first === undefined) throw new AttuneError('INTERNAL', 'a recurrent layer has no pass')
  return others.length === 0 ? first : first.concat(others, axis)
}

/** The sizes of a sequence with at least one step. */
function checked(x: Tensor): readonly number[] {
  if (x.rank === 3 && elements(x.shape.slice(1)) > 0) return x.shape
  const message =
    'expected an input [batch, time, channels] of at least one step and channel, got ' +
    `[${x.shape.join(', ')}]`
  throw new AttuneError('SHAPE', here(message))
}
