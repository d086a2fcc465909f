/** Runs `open` when it is first needed; after a failure, again. */
export function lazily<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined
  return () => {
    opened ??= open().catch(cause => {
      opened = undefined
      throw cause
    })
    return opened
  }
}
