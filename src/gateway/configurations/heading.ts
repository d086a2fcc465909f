/** A generated text under its name. The same input gives the same bytes: there is no clock in it. */
export interface ConfigurationFile {
  readonly name: string
  readonly text: string
}

export interface Heading {
  /** One sentence without its full stop; names the cluster. */
  readonly what: string
  readonly cluster: string
  readonly source: string
  /** Arguments after `scb gateway render <cluster>`. */
  readonly made: string
  /** What the reader has to bring, know or do, a line each. */
  readonly notes: readonly string[]
}

/** How every generated file begins, as comments behind `mark`. */
export function heading({ what, cluster, source, made, notes }: Heading, mark = "#"): string {
  return [
    `${what}.`,
    `Made by \`scb gateway render ${cluster} ${made}\` from ${source}: edit that and render again.`,
    "",
    ...notes,
  ]
    .map(line => `${mark} ${line}`.trimEnd())
    .map(line => `${line}\n`)
    .join("")
}
