import { readFile } from "node:fs/promises"
import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"
import { ScbError } from "../domain/errors.ts"
import type { Secrets } from "../ports.ts"

type Environment = Readonly<Record<string, string | undefined>>

/**
 * `env:NAME` is the value of NAME or, where that is unset or empty, the content of the file that NAME_FILE names;
 * `file:/absolute` and `file:~/below-home` are the content of that file. A final newline is cut off, as editors add it.
 * Errors name the variable and never its value: people mix the two up.
 */
export function environmentSecrets(environment: Environment): Secrets {
  return {
    async read(reference) {
      const [, scheme, place = ""] = /^(env|file):(.+)$/s.exec(reference) ?? []
      if (scheme === "env") return readVariable(environment, place)
      if (scheme === "file") return readSecretFile(absolutePath(environment, place), `secret file ${place}`)
      throw new ScbError("key-unreadable", "secret reference: expected env:NAME or file:PATH, got something else")
    },
  }
}

async function readVariable(environment: Environment, name: string): Promise<string | undefined> {
  const value = environment[name]
  if (value !== undefined && value !== "") return value
  const path = environment[`${name}_FILE`]
  return path === undefined || path === "" ? undefined : readSecretFile(path, `the file that ${name}_FILE names`)
}

function absolutePath(environment: Environment, place: string): string {
  if (place.startsWith("~/")) return join(environment["HOME"] ?? homedir(), place.slice(2))
  if (isAbsolute(place)) return place
  throw new ScbError("key-unreadable", `secret file ${place}: expected an absolute path or one that begins with ~/`)
}

/** The cause is left out on purpose: it quotes the path, which may be a secret that was put in the wrong variable. */
async function readSecretFile(path: string, subject: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "")
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason"
    const why = code === "ENOENT" ? "does not exist" : `cannot be read: ${code}`
    throw new ScbError("key-unreadable", `${subject} ${why}`, { hint: "a path is seen from the folder you are in" })
  }
}
