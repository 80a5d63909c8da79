// What is to become of samples that cannot be used.

import type { z } from 'zod'

import { choice } from '../config/index.ts'

/** `error`: the first ends the run. `skip`: they are left out, counted and listed. */
export type OnBadSample = 'error' | 'skip'

/** The schema of `onBadSample`. */
export const onBadSample: z.ZodType<OnBadSample, OnBadSample> = choice(['error', 'skip'])
