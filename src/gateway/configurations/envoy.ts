import type { ConfigurationFile } from "./heading.ts"
import type { ProxyFacts, ProxyNode } from "./proxy-facts.ts"
import { filesToBring, proxyHeading } from "./proxy-files.ts"

const TYPE = "type.googleapis.com/envoy.extensions"

/** Envoy's v3 API, one static file. It passes through. */
export function renderEnvoy(facts: ProxyFacts): readonly ConfigurationFile[] {
  return [{ name: "envoy.yaml", text: configuration(facts) }]
}

function configuration(facts: ProxyFacts): string {
  const { cluster, directory, host, listen, metadataPort, cqlPort, nodes, metadata } = facts
  const head = proxyHeading("envoy", facts, `Envoy (1.30 or newer) as metadata endpoint and CQL proxy of ${cluster}`, [
    ...filesToBring(facts),
    "",
    `Check: envoy --mode validate -c ${directory}/envoy.yaml`,
    `Start: envoy -c ${directory}/envoy.yaml`,
    "Changed files are taken up by a start; give it SDS for certificates that change without one.",
  ])
  const crl = facts.checksRevocation ? `\n                    crl: { filename: ${directory}/crl.pem }` : ""
  return `${head}
static_resources:
  listeners:
    - name: metadata
      address: { socket_address: { address: ${quoted(listen)}, port_value: ${metadataPort} } }
      filter_chains:
        - transport_socket:
            name: envoy.transport_sockets.tls
            typed_config:
              "@type": ${TYPE}.transport_sockets.tls.v3.DownstreamTlsContext
              require_client_certificate: true
              # no session is resumed: every connection is verified anew
              disable_stateless_session_resumption: true
              disable_stateful_session_resumption: true
              common_tls_context:
                tls_params: { tls_minimum_protocol_version: TLSv1_2, tls_maximum_protocol_version: TLSv1_3 }
                tls_certificates:
                  - certificate_chain: { filename: ${directory}/server.crt }
                    private_key: { filename: ${directory}/server.key }
                validation_context:
                    trusted_ca: { filename: ${directory}/clients-ca.crt }${crl}
          transport_socket_connect_timeout: 10s
          filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": ${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: metadata
                codec_type: HTTP1
                http_protocol_options: { accept_http_10: true, default_host_for_http_10: ${quoted(host)} }
                common_http_protocol_options: { idle_timeout: 10s }
                request_headers_timeout: 10s
                generate_request_id: false
                route_config:
                  virtual_hosts:
                    - name: metadata
                      domains: ["*"]
                      routes:
                        - match: { path: /metadata, headers: [{ name: ":method", string_match: { exact: GET } }] }
                          direct_response: { status: 200, body: { inline_string: '${metadata}' } }
                        - match: { path: /metadata }
                          direct_response: { status: 405, body: { inline_string: '{"code":405,"message":"method not allowed"}' } }
                        - match: { prefix: / }
                          direct_response: { status: 404, body: { inline_string: '{"code":404,"message":"not found"}' } }
                      response_headers_to_add:
                        - header: { key: content-type, value: application/json }
                          append_action: OVERWRITE_IF_EXISTS_OR_ADD
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: { "@type": ${TYPE}.filters.http.router.v3.Router }

    - name: cql
      address: { socket_address: { address: ${quoted(listen)}, port_value: ${cqlPort} } }
      socket_options: # SO_KEEPALIVE
        - { level: 1, name: 9, int_value: 1, state: STATE_PREBIND }
      listener_filters_timeout: 5s
      listener_filters:
        - name: envoy.filters.listener.tls_inspector
          typed_config: { "@type": ${TYPE}.filters.listener.tls_inspector.v3.TlsInspector }
      filter_chains:
${nodes.map(node => chain(node.name, `server_names: [${quoted(node.hostId)}]`, facts)).join("")}${chain("any-node", `server_names: [${quoted(host)}]`, facts)}${chain("any-node", "transport_protocol: tls", facts, "no-name", REFUSING_NAMES)}
  clusters:
${nodes.map(node => upstream(node.name, [node])).join("")}${upstream("any-node", nodes)}`
}

function chain(target: string, match: string, { idleSeconds }: ProxyFacts, name = target, filtersBefore = ""): string {
  return `        - name: ${name}
          filter_chain_match: { ${match} }
          filters:
${filtersBefore}            - name: envoy.filters.network.tcp_proxy
              typed_config:
                "@type": ${TYPE}.filters.network.tcp_proxy.v3.TcpProxy
                stat_prefix: ${name}
                cluster: ${target}
                idle_timeout: ${idleSeconds}s
`
}

/** Envoy cannot match the absence of a name: what is named and came this far is a name that no node has. */
const REFUSING_NAMES = `            # any other node would answer too, and the driver would keep its state under the wrong name
            - name: envoy.filters.network.rbac
              typed_config:
                "@type": ${TYPE}.filters.network.rbac.v3.RBAC
                stat_prefix: unknown-name
                rules:
                  action: DENY
                  policies:
                    unknown-name:
                      permissions: [{ requested_server_name: { safe_regex: { regex: ".+" } } }]
                      principals: [{ any: true }]
`

function upstream(name: string, nodes: readonly ProxyNode[]): string {
  return `    - name: ${name}
      type: ${nodes.some(node => node.isNamed) ? "STRICT_DNS" : "STATIC"}
      connect_timeout: 5s
      upstream_connection_options: { tcp_keepalive: {} }
      load_assignment:
        cluster_name: ${name}
        endpoints:
          - lb_endpoints:
${nodes.map(({ host, port }) => `              - endpoint: { address: { socket_address: { address: ${quoted(host)}, port_value: ${port} } } }\n`).join("")}`
}

/** JSON text is YAML text, and an IPv6 address is no map. */
function quoted(text: string): string {
  return JSON.stringify(text)
}
