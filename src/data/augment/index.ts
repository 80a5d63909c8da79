// Augmentation: random changes of training images, a function of (seed, epoch, sample).

export { augmentSchema, changesOf } from './changes.ts'
export type { ChangeConfig, ChangeConfigs } from './changes.ts'
export { crop } from './crop.ts'
export type { CropConfig, CropOptions } from './crop.ts'
export { flip } from './flip.ts'
export type { FlipConfig, FlipOptions } from './flip.ts'
export { rotate } from './rotate.ts'
export type { RotateConfig, RotateOptions } from './rotate.ts'
export { saltAndPepper } from './salt-and-pepper.ts'
export type { SaltAndPepperConfig, SaltAndPepperOptions } from './salt-and-pepper.ts'
