import { renderEnvoy } from "./envoy.ts"
import { renderHaproxy } from "./haproxy.ts"
import type { ConfigurationFile } from "./heading.ts"
import { renderNginx } from "./nginx.ts"
import type { ProxyFacts, ProxyMode } from "./proxy-facts.ts"
import { clientCaFile } from "./proxy-files.ts"
import { renderTraefik } from "./traefik.ts"

export const PROXY_TARGETS = ["haproxy", "nginx", "envoy", "traefik"] as const
export type ProxyTarget = (typeof PROXY_TARGETS)[number]

/** Whether the configuration of this proxy can be rendered in this mode. */
export function supportsMode(target: ProxyTarget, mode: ProxyMode): boolean {
  return mode === "passthrough" || target === "haproxy"
}

/** Complete configuration files. The caller has asked {@link supportsMode}. */
export function renderProxy(target: ProxyTarget, facts: ProxyFacts): readonly ConfigurationFile[] {
  return [...ownFiles(target, facts), ...clientCaFile(facts.clientCaPem)]
}

function ownFiles(target: ProxyTarget, facts: ProxyFacts): readonly ConfigurationFile[] {
  switch (target) {
    case "haproxy":
      return renderHaproxy(facts)
    case "nginx":
      return renderNginx(facts)
    case "envoy":
      return renderEnvoy(facts)
    case "traefik":
      return renderTraefik(facts)
  }
}
