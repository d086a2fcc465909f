import { spawn } from "node:child_process"
import { text } from "node:stream/consumers"
import { printable } from "../artifact/printable.ts"
import { ScbError } from "../domain/errors.ts"
import { ignoring } from "./atomic-files.ts"
import { gitEnvironment, hasGit } from "./git-program.ts"

export interface GitRemoteOptions {
  /** The repository here, with or without a working tree, which is never touched. */
  readonly directory: string
  /** `https://…`, `http://` of this machine, or the path of a repository. */
  readonly url: string
  readonly token?: string
  /** Path of a PEM file with the authorities of a company. */
  readonly caFile?: string
  /** For each conversation. Default 2 min. */
  readonly timeoutMillis?: number
}

/**
 * Branches of another repository, spoken to by the system's git, which alone knows its protocol. Nothing of what it is
 * asked depends on the settings of who runs it, no hook runs and nobody is prompted. Throws `forge-refused`, `forge-limited`,
 * `forge-unreachable`, and `not-found` where there is no git.
 */
export interface GitRemote {
  readonly url: string
  /** The commit that a branch is at, brought here with its past or without; null when there is no such branch. */
  fetch(branch: string, past: "with its past" | "alone"): Promise<string | null>
  /**
   * Compare and swap: `moved` when the branch is neither at `from` (null: there is none) nor at `to` already. Never
   * rewrites: throws an Error when `to` does not follow `from`. Sends what the other lacks.
   */
  push(branch: string, from: string | null, to: string): Promise<"pushed" | "moved">
  /** Whether a commit is in the past of another, or is it. False also when one of them is not here. */
  isPast(commit: string, of: string): Promise<boolean>
}

interface Finished {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A branch may move on between the question where it is and the fetch. */
const FETCHES = 5

export function gitRemote({ directory, url, token, caFile, timeoutMillis = 120_000 }: GitRemoteOptions): GitRemote {
  checkUrl(url)
  const environment = remoteEnvironment(url, settings(url, token, caFile))

  async function run(args: readonly string[]): Promise<Finished> {
    if (!(await hasGit())) {
      throw new ScbError("not-found", "there is no git here, which speaks to other repositories", {
        hint: "install git 2.31 or newer",
      })
    }
    // in a group of its own: git's helper, which has the connection, would live on alone
    const child = spawn("git", args, {
      cwd: directory,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    })
    const timer = setTimeout(() => endGroup(child.pid), timeoutMillis)
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject)
      child.once("close", status => resolve(status))
    })
    try {
      const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
      return { status, stdout, stderr }
    } finally {
      clearTimeout(timer)
    }
  }

  async function succeed(args: readonly string[]): Promise<string> {
    const finished = await run(args)
    if (finished.status === 0) return finished.stdout
    throw remoteError(url, finished)
  }

  const isHere = async (id: string): Promise<boolean> => (await run(["cat-file", "-e", `${id}^{commit}`])).status === 0

  async function isPast(commit: string, of: string): Promise<boolean> {
    return (await run(["merge-base", "--is-ancestor", commit, of])).status === 0
  }

  return {
    url,
    isPast,

    async fetch(branch, past) {
      const quiet = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"]
      const depth = past === "alone" ? ["--depth=1"] : []
      for (let times = 0; times < FETCHES; times++) {
        const lines = await succeed(["ls-remote", "--refs", "--", url, `refs/heads/${branch}`])
        const [, id] = /^([0-9a-f]{40})\t/.exec(lines) ?? []
        if (id === undefined) return null
        if (await isHere(id)) return id
        await succeed(["fetch", ...quiet, ...depth, "--", url, `refs/heads/${branch}`])
        if (await isHere(id)) return id
      }
      throw new ScbError("forge-unreachable", `${printable(url)} moves branch ${branch} faster than it can be read`)
    },

    async push(branch, from, to) {
      if (from !== null && !(await isPast(from, to))) throw new Error(`${to} does not follow ${from} on ${branch}`)
      const ref = `refs/heads/${branch}`
      const swap = [`--force-with-lease=${ref}:${from ?? ""}`, "--", url, `${to}:${ref}`]
      const finished = await run(["push", "--porcelain", "--no-verify", "--no-follow-tags", ...swap])
      if (finished.status === 0) return "pushed"
      const line = finished.stdout.split("\n").find(each => each.startsWith("!\t"))
      if (line === undefined) throw remoteError(url, finished)
      if (MOVED.test(line)) return "moved"
      throw new ScbError(
        "forge-refused",
        `${url} does not take branch ${branch}: ${printable(line.split("\t")[2] ?? "")}`,
        {
          hint: "a rule of the repository forbids it, or the token may not write (contents: write)",
        },
      )
    },
  }
}

function endGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, "SIGTERM")
  } catch (cause) {
    ignoring("ESRCH", undefined)(cause) // it has ended by itself meanwhile
  }
}

/** git-push(1): the lease does not hold, or somebody else was faster in the same moment. */
const MOVED =
  /\[rejected\]|\[remote rejected\] \((?:cannot lock ref|failed to update ref|incorrect old value|reference already exists)/

function checkUrl(url: string): void {
  if (!url.includes("://")) return
  const { protocol, hostname, username, password } = new URL(url)
  if (username !== "" || password !== "") {
    throw new ScbError("forge-refused", `the address of a repository at ${hostname} holds a name or a password`, {
      hint: "give a token by the environment, never in an address",
    })
  }
  if (protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname))) return
  throw new ScbError("forge-refused", `${printable(url)} is asked by ${protocol.slice(0, -1)}, expected https`)
}

/** git-config(1). In the environment, where other users of the machine do not see them as they see arguments. */
function settings(
  url: string,
  token: string | undefined,
  caFile: string | undefined,
): readonly (readonly [string, string])[] {
  const authorization = token && `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`
  return [
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["core.askPass", ""],
    ["credential.helper", ""],
    ["gc.auto", "0"],
    ["maintenance.auto", "false"],
    ["fetch.fsckObjects", "true"],
    ["push.gpgSign", "false"],
    ["push.recurseSubmodules", "no"],
    [`url.${url}.insteadOf`, url], // the longest match counts: this address and no other
    [`url.${url}.pushInsteadOf`, url],
    ["http.followRedirects", "false"], // the header below would go along
    ["http.sslVersion", "tlsv1.3"],
    ["http.lowSpeedLimit", "1"],
    ["http.lowSpeedTime", "60"],
    ["http.extraHeader", ""],
    [`http.${url}.extraHeader`, ""], // empty: those of the repository's own settings do not count
    ...(authorization ? [[`http.${url}.extraHeader`, authorization] as const] : []),
    ...(caFile === undefined ? [] : [["http.sslCAInfo", caFile] as const]),
  ]
}

function remoteEnvironment(url: string, settings: readonly (readonly [string, string])[]): NodeJS.ProcessEnv {
  return {
    ...gitEnvironment(),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ALLOW_PROTOCOL: url.includes("://") ? new URL(url).protocol.slice(0, -1) : "file",
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  }
}

interface Reason {
  readonly says: RegExp
  readonly code: "forge-refused" | "forge-limited" | "forge-unreachable"
  readonly meaning: string
  readonly hint?: string
}

/** By what git prints; the first that fits. */
const REASONS: readonly Reason[] = [
  {
    says: /error: 429/,
    code: "forge-limited",
    meaning: "gets too many requests",
    hint: "run it again in a few minutes",
  },
  {
    says: /error: 40[13]|Authentication failed|could not read (?:Username|Password)|Permission .*denied|Write access .* not granted/,
    code: "forge-refused",
    meaning: "does not let us in",
    hint: "the token is expired, wrong, not given, or lacks the permission contents: read (to publish: write)",
  },
  {
    says: /error: 30\d|redirect/,
    code: "forge-refused",
    meaning: "has moved",
    hint: "name the repository as it is called now",
  },
  {
    says: /error: 404|[Rr]epository .*not found|does not appear to be a git repository|does not exist/,
    code: "forge-refused",
    meaning: "is no repository, or not one that the token may see",
    hint: "see policies/distribution.yaml; for a private repository give SCB_GITHUB_TOKEN or GITHUB_TOKEN",
  },
  {
    says: /certificate/i,
    code: "forge-unreachable",
    meaning: "shows a certificate that is not trusted here",
    hint: "if it is of your company's authority, name its PEM file in SCB_CA_FILE",
  },
  {
    says: /alert protocol version|unsupported protocol|wrong version number|protocol version/i,
    code: "forge-unreachable",
    meaning: "does not speak TLS 1.3",
  },
  { says: /Could not resolve/, code: "forge-unreachable", meaning: "has no address here" },
]

/** Nothing of what git prints is shown: its proxies and helpers may print anything. */
function remoteError(url: string, { status, stderr }: Finished): ScbError {
  const place = printable(url)
  if (status === null) return new ScbError("forge-unreachable", `${place} does not answer in time`)
  const reason = REASONS.find(({ says }) => says.test(stderr))
  if (reason === undefined) return new ScbError("forge-unreachable", `${place} does not answer git (exit ${status})`)
  return new ScbError(reason.code, `${place} ${reason.meaning}`, reason.hint === undefined ? {} : { hint: reason.hint })
}
