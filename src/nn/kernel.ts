// What layers with a kernel and a bias share: their options, and how the bias, the activation and the
// penalties come to their output.

import type { z } from 'zod'

import { flag } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { activate, activationSchema } from './activation.ts'
import type { Activation } from './activation.ts'
import { constraintSchema } from './constraint.ts'
import type { Constraint } from './constraint.ts'
import { initializerSchema } from './initializers.ts'
import type { Fans, Initializer } from './initializers.ts'
import { Module } from './module.ts'
import { regularizerSchema } from './regularizer.ts'
import type { Regularizer } from './regularizer.ts'

/** Options of the output of a layer with a kernel. */
export interface OutputOptions {
  /** Applied to the output. Default: none. */
  readonly activation?: Activation | undefined
  /** Whether a bias is added to each unit or channel. Default: true. */
  readonly bias?: boolean | undefined
  /** Default: `fanInUniform`. */
  readonly biasInitializer?: Initializer | undefined
  /** A penalty on `bias` that is added to the loss. Default: none. */
  readonly biasRegularizer?: Regularizer | undefined
  /** What holds of `bias` after each update. Default: nothing. */
  readonly biasConstraint?: Constraint | undefined
  /** A penalty on the output, divided by the samples, that is added to the loss. Default: none. */
  readonly activityRegularizer?: Regularizer | undefined
}

/** Options of a layer with one kernel, its `weight`. */
export interface KernelOptions extends OutputOptions {
  /** Default: `fanInUniform`. */
  readonly weightInitializer?: Initializer | undefined
  /** A penalty on `weight` that is added to the loss. Default: none. */
  readonly kernelRegularizer?: Regularizer | undefined
  /** What holds of `weight` after each update. Default: nothing. */
  readonly kernelConstraint?: Constraint | undefined
}

/** What is filled in of `OutputOptions`. */
export interface OutputDefaults {
  readonly bias: boolean
  readonly biasInitializer: Initializer
}

/** What is filled in of `KernelOptions`. */
export interface KernelDefaults extends OutputDefaults {
  readonly weightInitializer: Initializer
}

interface OutputFields {
  activation: z.ZodOptional<typeof activationSchema>
  bias: z.ZodDefault<z.ZodBoolean>
  biasInitializer: z.ZodDefault<typeof initializerSchema>
  biasRegularizer: z.ZodOptional<typeof regularizerSchema>
  biasConstraint: z.ZodOptional<typeof constraintSchema>
  activityRegularizer: z.ZodOptional<typeof regularizerSchema>
}

interface KernelFields extends OutputFields {
  weightInitializer: z.ZodDefault<typeof initializerSchema>
  kernelRegularizer: z.ZodOptional<typeof regularizerSchema>
  kernelConstraint: z.ZodOptional<typeof constraintSchema>
}

/** The fields of `OutputOptions`. */
export const outputFields: OutputFields = {
  activation: activationSchema.optional(),
  bias: flag().default(true),
  biasInitializer: initializerSchema.default('fanInUniform'),
  biasRegularizer: regularizerSchema.optional(),
  biasConstraint: constraintSchema.optional(),
  activityRegularizer: regularizerSchema.optional(),
}

/** The fields of `KernelOptions`. */
export const kernelFields: KernelFields = {
  ...outputFields,
  weightInitializer: initializerSchema.default('fanInUniform'),
  kernelRegularizer: regularizerSchema.optional(),
  kernelConstraint: constraintSchema.optional(),
}

/** A layer whose output takes a bias, an activation and a penalty. */
export abstract class OutputLayer<Config extends OutputOptions & OutputDefaults> extends Module {
  readonly config: Config

  constructor(config: Config) {
    super()
    this.config = config
  }

  /**
   * The output of `y`, whose last axis has `units`.
   *
   * @param outer the other axes of the output, where `y` has them in another form.
   */
  protected finish(y: Tensor, units: number, fans: Fans, outer?: readonly number[]): Tensor {
    const { activation, bias, biasInitializer, biasRegularizer, biasConstraint } = this.config
    const { activityRegularizer } = this.config
    const options = {
      initializer: biasInitializer,
      fans,
      regularizer: biasRegularizer,
      constraint: biasConstraint,
    }
    const active = activate(activation, bias ? y.add(this.state('bias', [units], options)) : y)
    const output =
      outer === undefined ? active : active.reshape([...outer, active.shape.at(-1) ?? 1])
    if (activityRegularizer !== undefined) this.penalise(output, activityRegularizer)
    return output
  }
}

/** A layer with one kernel, its `weight`. */
export abstract class KernelLayer<
  Config extends KernelOptions & KernelDefaults,
> extends OutputLayer<Config> {
  /** The kernel. */
  protected weight(shape: readonly number[], fans: Fans): Tensor {
    const { weightInitializer, kernelRegularizer, kernelConstraint } = this.config
    return this.state('weight', shape, {
      initializer: weightInitializer,
      fans,
      regularizer: kernelRegularizer,
      constraint: kernelConstraint,
    })
  }
}
