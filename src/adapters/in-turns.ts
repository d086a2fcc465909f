/** As `Promise.all` over `work`, a few at a time: there may be more files than a process can open. */
export async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += 32) {
    results.push(...(await Promise.all(items.slice(at, at + 32).map(work))))
  }
  return results
}
