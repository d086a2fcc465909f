/**
 * Programs whose own code reads a bundle. Everything else that connects with one (Spark, dsbulk, Spring Boot, JDBC, …)
 * stands on one of these and shares its rules.
 */
export const CLIENTS = [
  "java",
  "java3",
  "python",
  "nodejs",
  "csharp",
  "cpp",
  "gocql-astra",
  "cql-proxy",
  "zdm-proxy",
  "cqlsh",
] as const

export type Client = (typeof CLIENTS)[number]

/** A version range (npm semver syntax) for each platform that a bundle was made for. */
export type Compatibility = Readonly<Record<string, string>>
