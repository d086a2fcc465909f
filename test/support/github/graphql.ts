/** The one question that `gh release download` has besides REST: is there a draft for this tag? */
import { mayOf, tokenOf } from "./access.ts"
import { repositoryNamed, type World } from "./api.ts"
import { Refusal, textOf } from "./call.ts"
import { isObject, type JsonObject } from "./contract.ts"
import { type Ask, bodyOf, send } from "./wire.ts"

export const isGraphql = (pathname: string): boolean => pathname === "/graphql" || pathname === "/api/graphql"

export async function answerGraphql(world: World, ask: Ask): Promise<void> {
  const { record, request, violate } = ask
  record.operation = "graphql"
  const asked: unknown = JSON.parse((await bodyOf(request)).toString())
  const query = isObject(asked) ? (textOf(asked, "query") ?? "") : ""
  const variables = isObject(asked) && isObject(asked["variables"]) ? asked["variables"] : {}
  try {
    const token = tokenOf(world.model, request.headers.authorization, world.now())
    record.login = token?.user.login ?? null
    if (token === undefined) throw new Refusal(401, "This endpoint requires you to be authenticated.")
    if (!query.startsWith("query RepositoryReleaseByTag")) violate(`no such query: ${query.slice(0, 80)}`)
    const repository = repositoryNamed(world.model, String(variables["owner"]), String(variables["name"]))
    const canPush = repository !== undefined && mayOf(repository, token, "contents", "write")
    const found = canPush
      ? repository.releases.find(({ draft, tag }) => draft && tag === variables["tagName"])
      : undefined
    const release = found === undefined ? null : { databaseId: found.id, isDraft: true }
    reply(world, ask, 200, { data: { repository: { release } } })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    reply(world, ask, error.status, error.body)
  }
}

function reply({ now }: World, ask: Ask, status: number, body: JsonObject): void {
  const headers = { date: new Date(now()).toUTCString(), "content-type": "application/json; charset=utf-8" }
  send(ask, status, JSON.stringify(body), headers)
}
