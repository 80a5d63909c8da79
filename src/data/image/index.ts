// Images: folders of files, brought to one size.

export { imageFolder, imageFolderData } from './image-folder.ts'
export type { ImageFolderConfig, ImageFolderOptions, RandomCropOptions } from './image-folder.ts'
export type { ImageLimits } from './limits.ts'
export { imagePreparation } from './preparation.ts'
export { readImage } from './read-image.ts'
export type { Image, ReadImageOptions } from './read-image.ts'
