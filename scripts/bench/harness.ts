/** Something measured against others in the same run. */
export interface Contender {
  readonly name: string
  /** One round. Returns milliseconds per bundle. */
  round(): Promise<number>
}

/** Milliseconds per bundle, one number a round. */
export interface Sample {
  readonly name: string
  readonly rounds: readonly number[]
  readonly median: number
  readonly mean: number
}

export async function interleave(contenders: readonly Contender[], rounds: number): Promise<readonly Sample[]> {
  const taken = await takeTurns(contenders, rounds)
  return contenders.map(({ name }, index) => sample(name, taken[index] ?? []))
}

/**
 * What each one's rounds gave. Turns, so that what else the machine does hits all alike; the first round warms up and is
 * not counted.
 */
export async function takeTurns<T>(
  contenders: readonly { round(): Promise<T> }[],
  rounds: number,
): Promise<readonly (readonly T[])[]> {
  const taken = contenders.map((): T[] => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const given = await contender.round()
      if (round > 0) taken[index]?.push(given)
    }
  }
  return taken
}

/** Milliseconds that one call of `work` takes, over `count` of them. */
export async function timed(count: number, work: (index: number) => unknown): Promise<number> {
  const started = performance.now()
  for (let index = 0; index < count; index++) await work(index)
  return (performance.now() - started) / count
}

/**
 * How many times `a` takes what `b` takes: the median over the rounds, each round against itself; or, where single
 * rounds scatter by nature (RSA keys are found by chance), mean against mean.
 */
export function ratio(a: Sample, b: Sample, of: "rounds" | "means"): number {
  if (of === "means") return a.mean / b.mean
  return median(a.rounds.map((figure, round) => figure / (b.rounds[round] ?? b.median)))
}

/** `a` and `b` together, or `a` without `b`, round by round. */
export function combine(name: string, a: Sample, sign: "+" | "-", b: Sample): Sample {
  return sample(
    name,
    a.rounds.map((figure, round) => figure + (sign === "+" ? 1 : -1) * (b.rounds[round] ?? b.median)),
  )
}

export function sample(name: string, rounds: readonly number[]): Sample {
  return { name, rounds, median: median(rounds), mean: rounds.reduce((sum, figure) => sum + figure, 0) / rounds.length }
}

/** `part` of the figures are at most this. */
export function percentile(figures: readonly number[], part: number): number {
  const sorted = [...figures].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  const half = sorted.length / 2
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2
}
