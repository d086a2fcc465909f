import { Type } from "typebox"
import { TEXTS } from "../texts.ts"
import { closed, exactly, header, list, oneOf, set, text, variants, whole } from "./shared.ts"

/** bundles/<cluster>/cluster.yaml */
export const ClusterForm = closed(
  {
    ...header("Cluster"),
    name: text(TEXTS.name, "the name of the folder"),
    environment: text(TEXTS.name, "what the cluster is for, e.g. production or staging"),
    region: text(TEXTS.name, "where it runs, e.g. eu-west-1"),
    endpoint: closed(
      {
        host: text(TEXTS.host, "one DNS name, in lower case, for the metadata service and the CQL proxy"),
        metadataPort: whole(1, 65_535, "port of the metadata service (HTTPS)"),
        cqlPort: whole(1, 65_535, "port of the CQL proxy (TLS with SNI)"),
      },
      "where drivers connect",
    ),
    datacenter: text(TEXTS.word, "Cassandra's name of the data centre, exactly"),
    nodes: list(
      closed({
        hostId: text(TEXTS.uuid, "Cassandra's host_id, in lower case: what drivers send as SNI"),
        address: text(TEXTS.address, "address:port as the gateway reaches the node"),
      }),
      "the nodes behind the proxy",
    ),
    trust: set(
      text(TEXTS.path),
      "PEM files with the server roots that drivers must trust, root first; relative to this folder",
    ),
    serving: Type.Optional(
      closed(
        {
          root: text(TEXTS.path, "the file among trust under whose root all servers now show certificates"),
          reason: text(TEXTS.line, "how that is known"),
        },
        "written in a rotation of the servers' root, before the old one goes",
      ),
    ),
    issuer: variants(
      "kind",
      [
        closed({
          kind: exactly("local", "the machine that builds holds the issuing key"),
          certificate: text(
            TEXTS.path,
            "PEM file: the issuing certificate, then further intermediates; relative to this folder",
          ),
          key: text<`env:${string}` | `file:${string}`>(
            TEXTS.secretReference,
            "where the issuing key is found at run time: env:NAME or file:/path",
          ),
          accepts: Type.Optional(
            set(text(TEXTS.path), "PEM files of further issuers whose certificates gateways and nodes accept"),
          ),
        }),
      ],
      "who signs the client certificates",
    ),
    authentication: oneOf(
      ["mutual-tls", "password"],
      "how Cassandra learns the role: from the certificate, or from a password besides it",
    ),
  },
  "One Cassandra cluster: where it is, whom to trust, who issues its client certificates.",
)
