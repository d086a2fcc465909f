/** How tests ask the fake. */
import { Octokit } from "@octokit/rest"
import type { FakeGithub } from "./server.ts"

/** The client of most of the world. Without a token: anonymous. */
export function octokitFor({ urls }: Pick<FakeGithub, "urls">, token?: string): Octokit {
  const octokit = new Octokit({
    baseUrl: urls.api,
    userAgent: "test",
    ...(token === undefined ? {} : { auth: token }),
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  octokit.hook.before("request", options => {
    options.headers["x-github-api-version"] = "2022-11-28"
  })
  return octokit
}

interface CodedError {
  readonly code: string
  readonly field?: string
  readonly message?: string
}

/** Status and message of a refusal; instead of the message its coded errors, where it has some. */
export async function refusalOf(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => {
      throw new Error("nothing was refused")
    },
    (reason: unknown) => reason,
  )
  const { status, response } = error as {
    readonly status: number
    readonly response?: {
      readonly data: { readonly message: string; readonly errors?: readonly (CodedError | string)[] }
    }
  }
  const { errors, message } = response?.data ?? {}
  if (errors === undefined) return { status, message }
  return {
    status,
    errors: errors.map(one => {
      if (typeof one === "string") return one
      const { code, field, message } = one
      return { code, ...(field === undefined ? {} : { field }), ...(message === undefined ? {} : { message }) }
    }),
  }
}
