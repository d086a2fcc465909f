// tsc copies no data files: the platform catalogue goes beside the compiled code that reads it.
import { cpSync, existsSync } from "node:fs"

const from = new URL("../src/artifact/platforms", import.meta.url)
if (existsSync(from)) cpSync(from, new URL("../dist/artifact/platforms", import.meta.url), { recursive: true })
