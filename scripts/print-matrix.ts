/** Prints what a run of the matrix has left in the file that its argument names; nothing where it did not run. */
import { existsSync, readFileSync } from "node:fs"
import type { Measurements } from "../src/domain/measurements.ts"
import { matrixText } from "./platform-tables.ts"

const [file = ""] = process.argv.slice(2)
if (existsSync(file)) console.log(`\n${matrixText(JSON.parse(readFileSync(file, "utf8")) as Measurements)}`)
