import type { ChannelName } from "../bundle.ts"
import type { BundleName } from "../names.ts"
import type { BundleHistory } from "../release.ts"
import { channelState } from "../rollout/channels.ts"
import type { ChangeItem } from "./decision.ts"

/** Where a channel leads; undefined when nobody knows, or nowhere. */
export type Standing = (bundle: BundleName, channel: ChannelName) => string | undefined

/** As the ledger has it. */
export function standingIn(bundles: ReadonlyMap<BundleName, BundleHistory>): Standing {
  return (bundle, channel) => {
    const history = bundles.get(bundle)
    return history && channelState(history, channel)?.version
  }
}

/** As it was when these items were made out. */
export function standingSeen(items: readonly ChangeItem[]): Standing {
  return (bundle, channel) => items.find(item => item.bundle === bundle && item.held?.channel === channel)?.held?.stood
}
