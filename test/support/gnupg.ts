import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** A GnuPG home of its own. Its path is short, because the agent's socket in it must fit into 108 bytes. */
export interface Gnupg {
  readonly home: string
  /** Runs gpg; gives standard output, and the status lines (doc/DETAILS) that were printed. Throws what gpg said when it fails. */
  run(args: readonly string[], input?: Uint8Array | string): { readonly stdout: Buffer; readonly status: string }
  /** Puts a file into the home and gives its path. */
  file(name: string, content: Uint8Array | string): string
  import(armored: string): void
  /** Makes a key without a passphrase and gives its fingerprint. `parameters` as in GnuPG's unattended key generation. */
  generate(parameters: readonly string[]): string
  /** Ends the agent and removes the home. */
  close(): void
}

export function openGnupg(): Gnupg {
  const home = mkdtempSync("/tmp/gpg-")
  const run: Gnupg["run"] = (args, input = "") => {
    const options = ["--homedir", home, "--batch", "--no-tty", "--trust-model", "always", "--status-fd", "2"]
    const done = spawnSync("gpg", [...options, ...args], { input, env: { ...process.env, LC_ALL: "C" } })
    const status = done.stderr?.toString() ?? ""
    if (done.status !== 0) throw new Error(`gpg ${args.join(" ")} failed: ${status}`)
    return { stdout: done.stdout, status }
  }
  return {
    home,
    run,
    file(name, content) {
      const path = join(home, name)
      writeFileSync(path, content)
      return path
    },
    import(armored) {
      run(["--import"], armored)
    },
    generate(parameters) {
      const text = ["%no-protection", ...parameters, "Expire-Date: 0", "%commit", ""].join("\n")
      const { status } = run(["--full-generate-key"], text)
      const fingerprint = /KEY_CREATED \w ([0-9A-F]{40})/.exec(status)?.[1]
      if (fingerprint === undefined) throw new Error(`gpg made no key: ${status}`)
      return fingerprint
    },
    close() {
      spawnSync("gpgconf", ["--homedir", home, "--kill", "all"])
      rmSync(home, { recursive: true, force: true })
    },
  }
}
