import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

/** A program that connects with bundles by an unmodified driver, and answers a JSON object for each that it reads. */
export interface ClientProgram {
  /** What its user calls it; several versions have the same name. */
  readonly name: string
  /** Pinned, of what reads the bundle; a program reports what it really ran. */
  readonly version: string
  /** The folder in src/artifact/platforms. */
  readonly platform: string
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]]
  readonly installed: boolean
  /** Whether it can hold a session between requests; the others answer `connect` and `session` only. */
  readonly keepsSessions: boolean
}

/** As {@link ClientRequest}, without what {@link RunningClient} adds. */
export type ClientTask =
  | ({ readonly task: "connect" | "open" } & Entrance)
  | ({ readonly task: "session"; readonly keyspace: string } & Entrance)
  | { readonly task: "query"; readonly session: string; readonly keyspace: string }
  | { readonly task: "close"; readonly session: string }

interface Entrance {
  /** Absolute path of the ZIP. */
  readonly bundle: string
  readonly username?: string
  readonly password?: string
}

/** One line to a program. It answers within `timeoutMillis` and 2 s. */
export type ClientRequest = ClientTask & { readonly id: number; readonly timeoutMillis: number }

/** One line from a program, without its `id`. `error` is `ExceptionClass: message`, with its causes after ` <- `. */
export type ClientAnswer =
  | {
      readonly ok: true
      /** Sorted; of the nodes that answered. */
      readonly hostIds?: readonly string[]
      /** What was read back: `hello from …`. */
      readonly words?: string
      readonly version?: string
      /** Of `open`. */
      readonly session?: string
    }
  | { readonly ok: false; readonly error: string }

export interface RunningClient {
  readonly program: ClientProgram
  /** Never rejects. Requests wait for each other: start two clients to ask two things at once. */
  ask(task: ClientTask, timeoutMillis?: number): Promise<ClientAnswer>
  stop(): Promise<void>
}

/** Of one request. */
const TIMEOUT_MILLIS = 20_000
/** What a program may take beyond its timeout. */
const GRACE_MILLIS = 2_000
/** More for its first answer: a JVM that begins on a busy machine. */
const START_MILLIS = 30_000

/** A program that ends, or is ended because it does not answer, fails one request; the next finds a new process. */
export async function startClient(program: ClientProgram): Promise<RunningClient> {
  const folder = await mkdtemp(join(tmpdir(), "scb-client-"))
  let speaker: Speaker | undefined
  let asked = 0
  let last: Promise<unknown> = Promise.resolve()

  const askNow = async (task: ClientTask, timeoutMillis: number): Promise<ClientAnswer> => {
    speaker ??= begin(program, folder)
    const current = speaker
    asked += 1
    const answer = await current.ask({ ...task, id: asked, timeoutMillis })
    if (current.ended()) speaker = undefined
    return answer
  }

  return {
    program,
    ask(task, timeoutMillis = TIMEOUT_MILLIS) {
      const answer = last.then(() => askNow(task, timeoutMillis))
      last = answer
      return answer
    },
    async stop() {
      await last
      speaker?.end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Speaker {
  ask(request: ClientRequest): Promise<ClientAnswer>
  ended(): boolean
  end(): void
}

/** One process, in a group of its own with whatever it starts. */
function begin(program: ClientProgram, folder: string): Speaker {
  const [command, ...rest] = program.command
  const child = spawn(command, rest, { cwd: folder, detached: true, stdio: ["pipe", "pipe", "pipe"] })
  let lastNoise = ""
  let ended: string | undefined
  let patienceMillis = START_MILLIS
  let settle: ((id: number, answer: ClientAnswer) => void) | undefined
  const fail = (why: string): void => {
    ended ??= why
    settle?.(ANY, { ok: false, error: `${program.name} ${program.version}: ${ended}` })
  }
  child.on("error", error => fail(error.message))
  child.on("close", (code, signal) => fail(`the program ended (${signal ?? code}): ${lastNoise}`))
  child.stdin.on("error", () => undefined) // it has ended; "close" says so
  child.stderr.on("data", (chunk: Buffer) => {
    lastNoise = `${lastNoise}${chunk.toString("utf8")}`.slice(-2_000)
  })
  createInterface({ input: child.stdout }).on("line", line => {
    const { id, ...answer } = JSON.parse(line) as ClientAnswer & { readonly id: number }
    settle?.(id, answer)
  })
  return {
    ended: () => ended !== undefined,
    ask: request =>
      new Promise(resolve => {
        const tooLong = setTimeout(
          () => {
            fail(`no answer in ${request.timeoutMillis} ms: ${lastNoise}`)
            killGroup(child)
          },
          request.timeoutMillis + GRACE_MILLIS + patienceMillis,
        )
        settle = (id, answer) => {
          if (id !== ANY && id !== request.id) return
          clearTimeout(tooLong)
          settle = undefined
          patienceMillis = 0
          resolve(answer)
        }
        if (ended !== undefined) fail(ended)
        else child.stdin.write(`${JSON.stringify(request)}\n`)
      }),
    end() {
      ended ??= "stopped"
      killGroup(child)
    },
  }
}

/** In place of an id: whatever is asked. */
const ANY = -1

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // already gone
  }
}

const CACHE =
  process.env["SCB_INTEROP_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "scb-interop")

/** Where `scripts/setup-interop.sh` puts programs and drivers. */
export function inCache(...path: readonly string[]): string {
  return join(CACHE, ...path)
}

/** Where CI promises that everything is there, what is missing fails its tests. */
export function isThere(path: string): boolean {
  return process.env["CI"] === "true" || existsSync(path)
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Oldest first. */
export const CLIENT_PROGRAMS: readonly ClientProgram[] = [
  nodejs("4.4.0", inCache("nodejs-4.4.0", "node_modules", "cassandra-driver")),
  nodejs("4.10.0", here("../../../node_modules/cassandra-driver")),
  python("python", "3.24.0"),
  python("python", "3.28.0"),
  python("python", "3.30.1"),
  python("cpp", "2.16.2+acsylla.1.0.0"),
  python("cpp", "2.16.2+acsylla.1.2.0"),
  python("cqlsh", "6.1.2", { keepsSessions: false }),
  python("cqlsh", "6.2.2", { keepsSessions: false }),
  gocqlAstra("1.0.0"),
  cqlProxy("0.1.6"),
  cqlProxy("0.2.0"),
  jvm("java", "4.3.0", "JavaDriver"),
  jvm("java", "4.19.3", "JavaDriver"),
  jvm("java3", "3.11.2", "JavaDriver3"),
  jvm("java3", "3.12.1", "JavaDriver3"),
  jvm("jdbc", "4.13.0", "Jdbc"),
  jvm("jdbc", "4.16.3", "Jdbc"),
  jvm("spring-boot", "3.4.0", "SpringBoot"),
  jvm("spring-boot", "4.1.1", "SpringBoot"),
  jvm("micronaut", "5.1.1", "Micronaut", { platform: "java" }),
  jvm("vertx", "4.5.27", "Vertx", { platform: "java" }),
  jvm("pekko", "1.1.0", "Pekko", { platform: "java" }),
  jvm("kafka-connect", "1.0.15", "KafkaSink"),
  jvm("dsbulk", "1.10.0", "Dsbulk", { keepsSessions: false }),
  jvm("spark", "3.5.1", "Spark", { flags: sparkFlags() }),
]

function nodejs(version: string, driver: string): ClientProgram {
  return {
    name: "nodejs",
    version,
    platform: "nodejs",
    command: [process.execPath, here("nodejs/client.cjs"), driver],
    installed: isThere(driver),
    keepsSessions: true,
  }
}

/** A driver in a Python environment of its own. The C++ driver comes in a Python package, whose version is that of the folder. */
function python(name: string, version: string, options: ProgramOptions = {}): ClientProgram {
  const folder = inCache(`${name}-${version.replace(/^.*acsylla\./, "")}`)
  const interpreter = join(folder, "bin", "python")
  return {
    name,
    version,
    platform: name,
    command: [interpreter, here(`python/${name}_client.py`)],
    installed: isThere(`${folder}.stamp`),
    keepsSessions: options.keepsSessions ?? true,
  }
}

function gocqlAstra(version: string): ClientProgram {
  return gocql("gocql-astra", version, [])
}

function cqlProxy(version: string): ClientProgram {
  return gocql("cql-proxy", version, ["--cql-proxy", inCache(`cql-proxy-${version}`, "cql-proxy"), version])
}

function gocql(name: string, version: string, modes: readonly string[]): ClientProgram {
  const program = inCache("gocql", "client")
  const parts = [program, ...modes.slice(1, 2)]
  return {
    name,
    version,
    platform: name,
    command: [program, ...modes],
    installed: parts.every(isThere),
    keepsSessions: true,
  }
}

/** Spark reaches into the JDK (org.apache.spark.launcher.JavaModuleOptions). */
function sparkFlags(): readonly string[] {
  const packages = ["lang", "lang.invoke", "lang.reflect", "io", "net", "nio", "util", "util.concurrent"]
  const opened = [...packages.map(name => `java.${name}`), "java.util.concurrent.atomic", "sun.nio.ch", "sun.nio.cs"]
  return ["-Xmx1g", ...opened.map(name => `--add-opens=java.base/${name}=ALL-UNNAMED`)]
}

/** The jars and classes of one version. Names are what the files in src/artifact/platforms call them. */
function jvm(name: string, version: string, main: string, options: JvmOptions = {}): ClientProgram {
  const folder = inCache(`${name}-${version}`)
  const flags = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", ...(options.flags ?? [])]
  return {
    name,
    version,
    platform: options.platform ?? name,
    command: ["java", ...flags, "-cp", `${folder}/*:${folder}/program`, main],
    installed: isThere(join(folder, "program")),
    keepsSessions: options.keepsSessions ?? true,
  }
}

interface ProgramOptions {
  readonly keepsSessions?: boolean
}

interface JvmOptions extends ProgramOptions {
  readonly platform?: string
  readonly flags?: readonly string[]
}
