import { ScbError } from "../domain/errors.ts"

/** What the world did wrong, as an answer. Our own bugs still come through. */
export async function unlessImpossible<T>(work: Promise<T>): Promise<T | ScbError> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ScbError) return error
    throw error
  }
}
