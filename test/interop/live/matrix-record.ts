import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { GENERATOR } from "../../../src/domain/generator.ts"
import type { MeasuredProgram, Measurements } from "../../../src/domain/measurements.ts"
import { CLIENT_PROGRAMS, type ClientProgram } from "../clients/client.ts"

/** One way to a cluster. */
export interface Cell {
  readonly authentication: string
  readonly gateway: string
  readonly key: string
}

const FILE = fileURLToPath(new URL("../../../src/artifact/platforms/measured.json", import.meta.url))

export function recorded(): Measurements {
  return JSON.parse(readFileSync(FILE, "utf8")) as Measurements
}

/** Programs that did not run this time stay as they were; those that are gone go. */
export function record(measured: Measurements): void {
  const known = new Map([...recorded().programs, ...measured.programs].map(each => [nameOf(each), each]))
  const programs = CLIENT_PROGRAMS.flatMap(program => known.get(nameOf(program)) ?? [])
  writeFileSync(FILE, `${JSON.stringify({ ...measured, programs }, null, 2)}\n`)
}

export function nameOf({ name, version }: Pick<MeasuredProgram, "name" | "version">): string {
  return `${name} ${version}`
}

export function measuredProgram({ name, platform, version }: ClientProgram, cells: readonly Cell[]): MeasuredProgram {
  const passed = mapValues(groupBy(cells, "authentication"), each =>
    mapValues(groupBy(each, "gateway"), ways => ways.map(({ key }) => key)),
  )
  return { name, platform, version, measuredOn: new Date().toISOString().slice(0, 10), passed }
}

function groupBy(cells: readonly Cell[], member: keyof Cell): ReadonlyMap<string, readonly Cell[]> {
  return new Map(cells.map(cell => [cell[member], cells.filter(other => other[member] === cell[member])]))
}

function mapValues<A, B>(map: ReadonlyMap<string, A>, change: (value: A) => B): Readonly<Record<string, B>> {
  return Object.fromEntries([...map].map(([key, value]) => [key, change(value)]))
}

/** As the programs themselves say. */
export function gatewayVersions(): Readonly<Record<string, string>> {
  const [, haproxy = "unknown"] = /version (\d+(?:\.\d+)+)/.exec(output("haproxy", "-v")) ?? []
  const [, nginx = "unknown"] = /nginx\/(\d+(?:\.\d+)+)/.exec(output("nginx", "-v")) ?? []
  return { embedded: GENERATOR, haproxy, "haproxy, terminating": haproxy, nginx }
}

function output(program: string, argument: string): string {
  return execFileSync("sh", ["-c", '"$0" "$1" 2>&1', program, argument], { encoding: "utf8" })
}
