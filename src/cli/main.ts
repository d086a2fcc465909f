#!/usr/bin/env node
import { existsSync } from "node:fs"
import { processIo } from "./io.ts"
import { loadSingleFile, PROGRAM } from "./single-file.ts"

const { run } = existsSync(PROGRAM) ? (loadSingleFile(PROGRAM) as typeof import("./run.ts")) : await import("./run.ts")
process.exitCode = await run(process.argv.slice(2), processIo())
