import type { Json } from "../domain/json.ts"
import { resultJson } from "./result.ts"
import { counted, table } from "./style.ts"

interface LayoutFigures {
  readonly requests: number
  readonly creations: number
  readonly millis: number
  readonly notices: number
}

interface EstimateFigures {
  readonly versions: number
  readonly bytes: number
  readonly layout: "per-version" | "wave" | "directory"
  readonly layouts: Readonly<Record<"per-version" | "wave", LayoutFigures>>
}

/** What publishing takes, chosen layout first. */
export function renderEstimateText({ versions, bytes, layout, layouts }: EstimateFigures): string {
  const what = `${counted(versions, "version")}, ${formatBytes(bytes)}\n`
  if (layout === "directory") return `${what}into a directory: no requests, no limits\n`
  const chosen = (["per-version", "wave"] as const).toSorted((a, b) => Number(b === layout) - Number(a === layout))
  const rows = chosen.map(name => {
    const { requests, creations, millis, notices } = layouts[name]
    const mark = name === layout ? "chosen" : "instead"
    return [
      mark,
      name,
      counted(requests, "request"),
      `${creations} that create`,
      counted(notices, "notice"),
      formatTime(millis),
    ]
  })
  return `${what}${table(rows)}`
}

export function renderEstimateJson({ versions, bytes, layout, layouts }: EstimateFigures): string {
  const figures = ({ requests, creations, millis, notices }: LayoutFigures): Json => ({
    requests,
    creations,
    notices,
    seconds: Math.ceil(millis / 1000),
  })
  return resultJson("PublishEstimate", {
    versions,
    bytes,
    layout,
    layouts: { "per-version": figures(layouts["per-version"]), wave: figures(layouts.wave) },
  })
}

/** Binary units, one digit: `1.5 MiB`. */
function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"]
  const at = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return `${at === 0 ? bytes : (bytes / 1024 ** at).toFixed(1)} ${units[at]}`
}

/** `about 3 h 20 min`; seconds only below a minute. */
function formatTime(millis: number): string {
  const seconds = Math.ceil(millis / 1000)
  if (seconds < 60) return `about ${seconds} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 60 ? `about ${minutes} min` : `about ${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
