import { CLIENT_PROGRAMS, type RunningClient, startClient } from "../clients/client.ts"

export type { RunningClient }

/** The newest version of a client program. */
export function clientOf(name: string): Promise<RunningClient> {
  const program = CLIENT_PROGRAMS.findLast(each => each.name === name)
  if (program === undefined) throw new Error(`no client program is called ${name}`)
  return startClient(program)
}
