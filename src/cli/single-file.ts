import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import Module, { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { cachedDataVersionTag } from "node:v8"
import { Script } from "node:vm"

/** The whole program except OpenPGP.js, as the build makes it; absent when run from source. */
export const PROGRAM = fileURLToPath(new URL("scb.cjs", import.meta.url))

/**
 * Compiled code lies in the program's own folder, written by whoever installed it. Node's compile cache would lie in
 * the shared folder for temporary files, where another user of the machine can put it first.
 */
const COMPILED = fileURLToPath(new URL("../compiled", import.meta.url))

const DIGEST_BYTES = 32
const require = createRequire(import.meta.url)
const loaded: { readonly file: string; readonly source: Uint8Array; readonly script: Script }[] = []

/** Gives the exports of a CommonJS file, from what V8 compiled of it before where that is there and fits. */
export function loadSingleFile(file: string, folder: string = COMPILED): unknown {
  let openpgp: unknown
  return load(file, folder, name => {
    if (name !== "openpgp") return require(name)
    openpgp ??= load(require.resolve(name), folder)
    return openpgp
  })
}

/** Keeps all that V8 has compiled by now of the files that were loaded, which is what was run of them. */
export function keepCompiled(folder: string = COMPILED): void {
  mkdirSync(folder, { recursive: true })
  for (const { file, source, script } of loaded) {
    const compiled = script.createCachedData()
    const path = join(folder, compiledName(file))
    writeFileSync(`${path}.new`, Buffer.concat([digest(source, compiled), compiled]))
    renameSync(`${path}.new`, path)
  }
}

function load(file: string, folder: string, requireInFile: (name: string) => unknown = createRequire(file)): unknown {
  const source = readFileSync(file)
  const cachedData = readCompiled(join(folder, compiledName(file)), source)
  const script = new Script(Module.wrap(source.toString()), { filename: file, ...(cachedData && { cachedData }) })
  loaded.push({ file, source, script })
  const module: { exports: unknown } = { exports: {} }
  script.runInThisContext()(module.exports, requireInFile, module, file, dirname(file))
  return module.exports
}

/** V8 compares nothing of the source but its length, and crashes on a damaged cache: the digest is over both. */
function readCompiled(path: string, source: Uint8Array): Buffer | undefined {
  const bytes = readIfThere(path)
  if (bytes === undefined) return undefined
  const compiled = bytes.subarray(DIGEST_BYTES)
  return digest(source, compiled).equals(bytes.subarray(0, DIGEST_BYTES)) ? compiled : undefined
}

/** One for each version, set of flags and processor: of another one's, V8 could use nothing. */
function compiledName(file: string): string {
  return `${basename(file)}-${process.arch}-${cachedDataVersionTag()}`
}

function digest(source: Uint8Array, compiled: Uint8Array): Buffer {
  return createHash("sha256").update(source).update(compiled).digest()
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
