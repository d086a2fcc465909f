import type { ConfigurationFile } from "./heading.ts"
import { listenAddress, type ProxyFacts, type ProxyNode } from "./proxy-facts.ts"
import { filesToBring, proxyHeading } from "./proxy-files.ts"

/** nginx 1.19 and newer with `stream`, `stream_ssl_preread` and `http_ssl`. It passes through. */
export function renderNginx(facts: ProxyFacts): readonly ConfigurationFile[] {
  return [{ name: "nginx.conf", text: `${head(facts)}${MAIN_OF_BOTH}${metadataServer(facts)}${cqlServer(facts)}` }]
}

/** The metadata endpoint alone, beside a proxy that has no answers of its own. */
export function renderNginxMetadata(facts: ProxyFacts, beside: string): ConfigurationFile {
  const { cluster, directory } = facts
  const top = proxyHeading(
    beside,
    facts,
    `nginx (1.19 or newer) as metadata endpoint of ${cluster}, beside ${beside}`,
    [...filesToBring(facts), "", `Start: nginx -c ${directory}/metadata-nginx.conf`],
  )
  return { name: "metadata-nginx.conf", text: `${top}${MAIN_OF_METADATA}${metadataServer(facts)}` }
}

function head(facts: ProxyFacts): string {
  const { cluster, directory, nodes } = facts
  return proxyHeading("nginx", facts, `nginx (1.19 or newer) as metadata endpoint and CQL proxy of ${cluster}`, [
    ...filesToBring(facts),
    "",
    "Needs the stream module: package libnginx-mod-stream on Debian and Ubuntu, built in elsewhere.",
    ...(nodes.some(node => node.isNamed)
      ? ["Names of nodes are looked up when nginx starts and reloads, and then only."]
      : []),
    "",
    `Check: nginx -t -c ${directory}/nginx.conf`,
    `Start: nginx -c ${directory}/nginx.conf   (nginx -s reload: takes up changed files, no connection is lost)`,
    "User, pid and logs are yours to add.",
  ])
}

const MAIN_OF_BOTH = `
include /etc/nginx/modules-enabled/*.conf; # where stream is a module of its own, it is loaded from here

worker_processes auto;
worker_rlimit_nofile 40960;

events {
  worker_connections 20000; # two for each connection of a driver
}
`

const MAIN_OF_METADATA = `
events {
  worker_connections 2000;
}
`

function metadataServer(facts: ProxyFacts): string {
  const { host, directory, metadataPort, metadata, checksRevocation } = facts
  const crl = checksRevocation ? `    ssl_crl ${directory}/crl.pem;\n` : ""
  return `
http {
  access_log off; # in a log of yours, $ssl_client_serial tells which bundle has asked
  server_tokens off;
  gzip off;
  default_type application/json;
  client_header_timeout 10s;
  keepalive_timeout 10s;
  send_timeout 10s;

  server {
    listen ${listenAddress(facts, metadataPort)} ssl default_server; # the same certificate without a server name
    server_name ${host};
    ssl_certificate ${directory}/server.crt;
    ssl_certificate_key ${directory}/server.key;
    ssl_client_certificate ${directory}/clients-ca.crt;
    ssl_verify_client on;
    ssl_verify_depth 4;
${crl}    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache off; # no session is resumed: every connection is verified anew
    ssl_session_tickets off;

    location = /metadata {
      if ($request_method != GET) {
        return 405 '{"code":405,"message":"method not allowed"}';
      }
      return 200 '${metadata}';
    }
    location / {
      return 404 '{"code":404,"message":"not found"}';
    }
  }
}
`
}

function cqlServer(facts: ProxyFacts): string {
  const { host, cqlPort, idleSeconds, nodes } = facts
  return `
stream {
  map_hash_bucket_size 512;
  map_hash_max_size 16384;

  map $ssl_preread_server_name $node_by_name {
    "" any-node; # cqlsh, health checks
    ${mapKey(host)} any-node;
${nodes.map(({ hostId, name }) => `    ${hostId} ${name};\n`).join("")}    default no-node; # any other would answer too, and the driver would keep its state under the wrong name
  }
  map $ssl_preread_protocol $node {
    "" no-node; # not TLS
    default $node_by_name;
  }

  upstream no-node {
    server 127.0.0.1:1 down;
  }
${upstream("any-node", nodes)}${nodes.map(node => upstream(node.name, [node])).join("")}
  server {
    listen ${listenAddress(facts, cqlPort)} so_keepalive=on;
    ssl_preread on;
    preread_timeout 5s;
    proxy_pass $node;
    proxy_connect_timeout 5s;
    proxy_timeout ${idleSeconds}s;
    proxy_socket_keepalive on;
  }
}
`
}

function upstream(name: string, nodes: readonly ProxyNode[]): string {
  return `  upstream ${name} {\n${nodes.map(({ address }) => `    server ${address};\n`).join("")}  }\n`
}

/** Words that `map` reads as parameters are written with a backslash (ngx_http_map_module, `map`). */
function mapKey(host: string): string {
  return ["default", "hostnames", "include", "volatile"].includes(host) ? `\\\\${host}` : host
}
