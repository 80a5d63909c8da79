// Tensors: recorded operations, gradients, and the values they have when read.

export type { AttentionOptions } from './attention.ts'
export { constants } from './constants.ts'
export { count } from './count.ts'
export { dtypeOf, elements, typedArray } from './dtype.ts'
export type { DType, TensorType, TypedArray } from './dtype.ts'
export { evaluate } from './evaluate.ts'
export { checkGradients, gradientCheck } from './gradient-check.ts'
export type { GradientCheck, GradientCheckOptions } from './gradient-check.ts'
export { gradients, valueAndGrad } from './gradients.ts'
export type { Nested } from './nested.ts'
export type { Node, OpJson, Origin } from './node.ts'
export { oneHot } from './one-hot.ts'
export { currentPath, here, withPath } from './path.ts'
export { Pointwise } from './pointwise.ts'
export type { Operand } from './pointwise.ts'
export type { CtcAttributes, RecurrenceOptions, RecurrenceOutputs } from './recurrence.ts'
export { randomAt } from './random.ts'
export { serialise } from './serialise.ts'
export type { NodeJson, Serialised, Value } from './serialise.ts'
export { record, Tensor } from './tensor.ts'
export type { Reduction } from './tensor.ts'
export type {
  AvgPool2dWindow,
  BatchNormOutputs,
  Conv2dWindow,
  ConvolutionAlgorithm,
  Padding2d,
  Pair,
  Pool2dWindow,
} from './windows.ts'
