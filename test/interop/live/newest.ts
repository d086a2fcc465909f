import { CLIENT_PROGRAMS, type ClientProgram } from "../clients/client.ts"

/** The newest version of a client program. */
export function newest(name: string): ClientProgram {
  const program = CLIENT_PROGRAMS.findLast(each => each.name === name)
  if (program === undefined) throw new Error(`no client program is called ${name}`)
  return program
}
