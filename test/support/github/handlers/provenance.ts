import { type Call, created, type Endpoints, instant, notFound, ok, Refusal, repositoryUrl, textOf } from "../call.ts"
import { isObject, type JsonObject } from "../contract.ts"

export const provenance: Endpoints = {
  "repos/create-attestation": {
    needs: ["attestations", "write"],
    answer(call) {
      const bundle = call.body["bundle"]
      const subjects = isObject(bundle) ? subjectsOf(bundle) : []
      if (!isObject(bundle) || subjects.length === 0) throw new Refusal(422, "Invalid bundle", [])
      const id = call.model.nextId()
      for (const subject of subjects) call.repository.attestations.push({ id, subject, bundle })
      return created({ id })
    },
  },
  "repos/list-attestations": {
    needs: ["attestations", "read"],
    answer(call) {
      const found = call.repository.attestations.filter(({ subject }) => subject === call.path["subject_digest"])
      return ok({
        attestations: found.map(({ bundle }) => ({ repository_id: call.repository.id, bundle, bundle_url: "" })),
      })
    },
  },
}

/** Digests of the in-toto statement in the DSSE envelope. */
function subjectsOf({ dsseEnvelope }: JsonObject): readonly string[] {
  const payload = isObject(dsseEnvelope) ? textOf(dsseEnvelope, "payload") : undefined
  const statement: unknown = payload === undefined ? {} : JSON.parse(Buffer.from(payload, "base64").toString())
  const subjects = isObject(statement) ? statement["subject"] : undefined
  return (Array.isArray(subjects) ? subjects : []).flatMap(subject =>
    isObject(subject) && isObject(subject["digest"]) ? [`sha256:${String(subject["digest"]["sha256"])}`] : [],
  )
}

export const pages: Endpoints = {
  "repos/get-pages": {
    needs: ["pages", "read"],
    answer(call) {
      if (!call.repository.hasPages) throw notFound()
      const url = `${repositoryUrl(call)}/pages`
      const isPublic = !call.repository.private
      return ok({
        url,
        status: "built",
        cname: null,
        custom_404: false,
        html_url: siteOf(call),
        build_type: "workflow",
        public: isPublic,
        https_enforced: true,
      })
    },
  },
  "repos/create-pages-deployment": {
    needs: ["pages", "write"],
    answer(call) {
      if (!call.repository.hasPages) throw notFound()
      const id = `${textOf(call.body, "pages_build_version")}-${instant(call.now)}`
      const artifact = call.body["artifact_id"]
      call.repository.pagesDeployments.push({ id, artifact: typeof artifact === "number" ? artifact : undefined })
      return ok({ id, status_url: `${repositoryUrl(call)}/pages/deployments/${id}`, page_url: siteOf(call) })
    },
  },
  "repos/get-pages-deployment": {
    needs: ["pages", "read"],
    answer(call) {
      const id = call.path["pages_deployment_id"]
      if (!call.repository.pagesDeployments.some(deployment => deployment.id === id)) throw notFound()
      return ok({ status: "succeed" })
    },
  },
}

const siteOf = ({ repository }: Call): string =>
  `https://${repository.owner.login.toLowerCase()}.github.io/${repository.name}/`
