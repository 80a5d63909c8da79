// Attributes of recurrent cells and of connectionist temporal classification, as the native ops spell them.

import type { Tensor } from './tensor.ts'

/** What a recurrent layer computes at each step. */
export interface RecurrenceOptions {
  readonly cell: 'rnnTanh' | 'rnnRelu' | 'lstm' | 'gru'
  /** Whether the steps go from the last to the first. Default: false. */
  readonly reverse?: boolean
  /** The first cell state `[batch, units]`, of the LSTM alone. */
  readonly cellState?: Tensor
  /** The bias `[3 * units]` of the products of the state, of the GRU alone. */
  readonly bias?: Tensor
  /** The steps of each sequence, `int32` `[batch]`. Default: all. */
  readonly lengths?: Tensor | undefined
}

/** The states after each step, `[batch, time, units]`. */
export interface RecurrenceOutputs {
  readonly states: Tensor
  /** The LSTM's cell states; of the others without units. */
  readonly cells: Tensor
}

/** How scores over time spell a target. */
export interface CtcAttributes {
  /** The class that spells nothing. Default: 0. */
  readonly blank?: number
  /** Whether a target that its input is too short for counts as 0. Default: false. */
  readonly zeroInfinity?: boolean
  /** Whether each loss is divided by the number of its labels. Default: false. */
  readonly perLabel?: boolean
  /** The steps of each input, `int32` `[batch]`. Default: all. */
  readonly lengths?: Tensor | undefined
}
