/** The sockets: what the application asks of the world. One adapter per outside thing, one contract suite per port. */
import type { ChangeEvidence } from "./domain/authorization/evidence.ts"
import type { FoundSettings } from "./domain/authorization/settings.ts"
import type { KeyAlgorithm } from "./domain/bundle.ts"
import type { Announcement } from "./domain/forge/announcement.ts"
import type { Instant } from "./domain/instant.ts"
import type { CertificateRequest, IssuedChain, KeyPair } from "./domain/issuing.ts"
import type { CqlAnswer, CqlProbe, HttpAnswer, HttpProbe, NameAnswer, Place, TcpAnswer } from "./domain/live/probes.ts"
import type { BundleName } from "./domain/names.ts"
import type { FileDigest } from "./domain/release.ts"
import type { RevocationList } from "./domain/revocation/revocation-list.ts"
import type { SeenCatalog } from "./domain/seen-catalog.ts"

/** Something below `policies/` or `bundles/` that is not read, and why: a symbolic link, a submodule, a huge file, … */
export interface TreeProblem {
  readonly path: string
  readonly problem: string
}

/** Files below `policies/` and `bundles/` by repository path with forward slashes. */
export interface Tree extends ReadonlyMap<string, Uint8Array> {
  /** What was left out, so that nothing is skipped in silence. Absent means none. */
  readonly problems?: readonly TreeProblem[]
  /** Names of their contents, where they have any: equal names, equal bytes. */
  readonly ids?: ReadonlyMap<string, string>
}

/** Intent: `main`. Nothing here writes. */
export interface Workspace {
  /** What is on disk, as an author sees it. Symbolic links are never followed: they are problems of the tree. */
  readWorkingTree(): Promise<Tree>
  /**
   * What `ref` (default HEAD) holds. Files whose names are known may be read later, when they are asked for, which then
   * takes long. Throws `not-a-repository` or `not-found`.
   */
  readCommit(ref?: string, isKnown?: (id: string) => boolean): Promise<{ readonly commit: string; readonly tree: Tree }>
  /** Paths below `policies/` and `bundles/` that HEAD holds otherwise, or not, or that are gone from disk. Ignored files do not count. */
  uncommittedChanges(): Promise<readonly string[]>
}

/** What an edit is to become in history. Pushing it, and merging it after review, is for people. */
export interface IntentCommit {
  /** The commit that it builds on. */
  readonly parent: string
  /** Whole text of each file that it writes. Other files stay as they are. */
  readonly files: ReadonlyMap<string, string>
  /** A new one. */
  readonly branch: string
  readonly message: string
  readonly at: Instant
}

/** Where people's decisions are written down. */
export interface Intent {
  /** Replaces or adds files of the working tree, each of them whole or not at all. */
  write(files: ReadonlyMap<string, string>): Promise<void>
  /**
   * Makes a commit on a new branch; HEAD, the index and the working tree stay as they are. `already` when the branch is
   * there with this very change. Throws `already-exists` when it is there with another, `not-found` when nobody is
   * named as the author.
   */
  commit(commit: IntentCommit): Promise<{ readonly id: string; readonly outcome: "committed" | "already" }>
}

/** One commit of the line of first parents of `main`, as git has it. */
export interface MainCommit {
  readonly id: string
  readonly parents: readonly string[]
  /** Of the whole repository, not only of `policies/` and `bundles/`. */
  readonly tree: string
  readonly committedAt: Instant
  readonly message: string
}

/** A commit with what its signature covers: only that says who made it. */
export interface SourceCommit extends MainCommit {
  readonly payload: Uint8Array
  /** As it stands in the commit, whatever its kind. */
  readonly signature?: string
}

/** How `main` came to be what it is. Reads only. */
export interface History {
  /** The commit that a branch, a tag or an id names. Throws `not-found`. */
  find(revision: string): Promise<MainCommit>
  /**
   * Commits after `from` (null: only `to` itself) up to and with `to`, along first parents, oldest first. Throws
   * `history-rewritten` when `from` is not on that line, `not-found` when `to` is no commit.
   */
  firstParents(from: string | null, to: string): Promise<readonly MainCommit[]>
  /** What `to` has behind it, itself included, and `from` has not (null: has nothing); in no order. */
  broughtIn(from: string | null, to: string): Promise<readonly SourceCommit[]>
  /** Paths of the whole repository that differ between two commits, of a rename both; null for the empty tree. */
  changedPaths(from: string | null, to: string): Promise<readonly string[]>
  /** Those that `to` has and that nobody can judge by looking at the difference, and why. */
  unreviewable(from: string | null, to: string): Promise<readonly TreeProblem[]>
}

/** Who approved what. */
export interface Approvals {
  /**
   * All that can be found out about one commit, verified as far as the adapter can; what cannot be found out is a
   * problem of the evidence. With `pullRequest`, one that is open: what has been said so far, as if merging it now made
   * this commit. Throws only what running it again may mend (`forge-unreachable`, `forge-limited`).
   */
  evidenceFor(commit: MainCommit, pullRequest?: number): Promise<ChangeEvidence>
}

/** One signed statement about a tree: the file that it covers, and its armored detached signature. */
export interface Statement {
  readonly path: string
  readonly text: string
  readonly signature: string
}

/** Signed approvals: the orphan branch `approvals`, here and as last fetched. */
export interface Statements {
  /** All about a tree, of anybody, on whatever base. What they say and whether the signatures hold is not looked at. */
  about(tree: string): Promise<readonly Statement[]>
  /** Adds one to the branch that is here; `already` when it is there. Throws `busy`, and `not-found` when nobody is named as the author. */
  add(statement: Statement, message: string, at: Instant): Promise<"added" | "already">
}

/** How the place is set up where people approve. */
export interface Forge {
  /** What cannot be read is unknown. Throws only what running it again may mend (`forge-unreachable`, `forge-limited`). */
  settings(branch: string): Promise<FoundSettings>
}

/** Something that this program has written where people read. */
export interface Post {
  readonly id: number
  readonly body: string
}

export interface Issue extends Post {
  readonly title: string
}

/**
 * Where people are spoken to. Only what this program wrote itself is seen, whatever others write that looks like it. All
 * throw `forge-refused`, `forge-limited` and `forge-unreachable`; after the last of a call that writes, it is not known
 * whether it was done.
 */
export interface Forum {
  /** Comments of a pull request that begin with `marker`, oldest first. */
  comments(pullRequest: number, marker: string): Promise<readonly Post[]>
  comment(pullRequest: number, body: string): Promise<Post>
  editComment(id: number, body: string): Promise<void>
  /** One that is gone is no error. */
  removeComment(id: number): Promise<void>
  /** Open ones that begin with `marker`, oldest first. */
  issues(marker: string): Promise<readonly Issue[]>
  openIssue(issue: Omit<Issue, "id">): Promise<Issue>
  editIssue(issue: Issue): Promise<void>
  /** Says why in a comment first. One that is closed already is no error. */
  closeIssue(id: number, comment: string): Promise<void>
}

/** A transaction prepared but not yet part of history: everything that its commit will contain, to be signed. */
export interface PreparedCommit {
  /** Ledger head that it builds on; null for the first. */
  readonly parent: string | null
  /** The exact bytes that the OpenPGP signature covers: the commit object without its `gpgsig` header. */
  readonly payload: string
  /** Whole text of each file that it writes, by ledger path. Other files stay as they are. */
  readonly files: ReadonlyMap<string, string>
}

export interface LedgerSnapshot {
  /** Commit id, or null while there is no ledger. */
  readonly head: string | null
  /** Text of every file, by ledger path (`ledger.yaml`, `bundles/<cluster>/<bundle>.yaml`). */
  readonly files: ReadonlyMap<string, string>
  /** Names of these texts: equal names, equal texts. */
  readonly ids: ReadonlyMap<string, string>
}

/** One transaction of the past, as it was signed. */
export interface LedgerCommit {
  readonly id: string
  readonly parent: string | null
  /** What the signature covers, as in `PreparedCommit`. */
  readonly payload: string
  /** Armored. Absent when somebody wrote to the ledger without signing. */
  readonly signature?: string
}

/** Facts: the orphan branch `ledger`. One commit is one transaction; compare-and-swap on its ref is the lock. */
export interface Ledger {
  /** With `wait`, texts may be read when they are asked for, which saves their memory and that of those nobody needs. */
  read(options?: { readonly wait?: boolean }): Promise<LedgerSnapshot>
  /**
   * Computes the commit that writes `files` on top of `parent`: the same bytes for the same arguments. Stores nothing
   * that can be reached. Throws `ledger-moved` when the parent is not known here.
   */
  prepare(
    parent: string | null,
    files: ReadonlyMap<string, string>,
    message: string,
    at: Instant,
  ): Promise<PreparedCommit>
  /**
   * Makes it history if the ledger still is where it was prepared from, or already is there; throws `ledger-moved`
   * otherwise, `digest-mismatch` when the payload is not about these files. Returns the new head.
   */
  commit(prepared: PreparedCommit, armoredSignature: string): Promise<string>
  /**
   * The newest `limit` transactions (default: all), newest first; with `since`, those after that commit. Throws
   * `ledger-corrupt` when `since` is not in the ledger's past: its history was rewritten.
   */
  history(limit?: number, since?: string): Promise<readonly LedgerCommit[]>
}

/** What a client reads: of some kinds of releases nobody here can write. */
export type PublishedFiles = Pick<Releases, "readAsset" | "readCatalogFile">

/** The names and bytes of one release. */
export type Assets = ReadonlyMap<string, Uint8Array>

/** Payload and catalog. Content is never replaced and a version's place is never used twice. */
export interface Releases {
  /** Digests of what is published under this version, or undefined. Throws `release-incomplete` when part of it is missing. */
  find(bundle: BundleName, version: string): Promise<readonly FileDigest[] | undefined>
  /** All published versions of a bundle, in no order. */
  versions(bundle: BundleName): Promise<readonly string[]>
  /** Throws `release-missing`, or `too-large` before reading more than `maximumBytes`. */
  readAsset(bundle: BundleName, version: string, asset: string, maximumBytes: number): Promise<Uint8Array>
  /**
   * All or nothing. Publishing the same bytes again is `already`; other bytes under the same version throw
   * `release-exists`; a release that has lost assets gets them back.
   */
  publish(bundle: BundleName, version: string, assets: Assets): Promise<"published" | "already">
  /**
   * Many at once, each as by `publish`, where that takes fewer requests than one by one. A version whose files are no
   * longer those that its digests name throws `digest-mismatch`. Cut off, it is finished by doing it again.
   */
  publishAll?(releases: readonly NewRelease[], progress?: (done: number) => void): Promise<readonly PublishedVersion[]>
  /** Where a build waits until all of it is published. Absent: it is published as it is built. */
  stage?(): Promise<Stage>
  /** Where a person finds it, for summaries. */
  describe(bundle: BundleName, version: string): string
  /** `catalog/…` files. Undefined when absent; throws `too-large`. */
  readCatalogFile(path: string, maximumBytes: number): Promise<Uint8Array | undefined>
  /**
   * Shards, lists and signature first, then the index: a reader sees the old or the new catalog, never a mixture. The files
   * of the catalog before it stay for those who still read it. Throws `catalog-rollback` when what is there is newer, or another of the same age.
   */
  publishCatalog(catalog: SignedCatalog): Promise<void>
}

/** A version to be published whose files lie elsewhere until their turn comes. */
export interface NewRelease {
  readonly bundle: BundleName
  readonly version: string
  readonly files: readonly FileDigest[]
  /** Of `main`, that it was built from. */
  readonly commit?: string
  read(): Promise<Assets>
  /** What those who watch the place are told; `assets` are those that `read` gives. */
  announce(assets: Assets): Announcement
}

export interface PublishedVersion {
  readonly outcome: "published" | "already"
  /** Of what is there now, as the place tells them. */
  readonly files: readonly FileDigest[]
}

export interface Stage {
  readonly releases: Releases
  remove(): Promise<void>
}

export interface SignedCatalog {
  readonly index: Uint8Array
  /** Armored detached signature over `index`. */
  readonly signature: Uint8Array
  /** Shard bytes by their SHA-256. */
  readonly shards: ReadonlyMap<string, Uint8Array>
  /** DER of revocation lists, complete ones and deltas, by their SHA-256. */
  readonly revocationLists: ReadonlyMap<string, Uint8Array>
}

/** Paths below `catalog/`, the same for every kind of releases. */
export const CATALOG_INDEX = "catalog/index.json"
export const catalogSignaturePath = (indexSha256: string): string => `catalog/signatures/${indexSha256}.asc`
export const catalogShardPath = (sha256: string): string => `catalog/shards/${sha256}.json`
/** Where the versions of a cluster lie that were published many at a time; not signed, never believed. */
export const wavePlacesPath = (cluster: string): string => `catalog/places/${cluster}.json`
export const revocationListPath = (sha256: string): string => `catalog/revocation/${sha256}.crl`

/** Issues client certificates for one cluster. */
export interface Authority {
  /** Throws `issuer-unusable` when the issuer is expired or would be outlived. */
  issue(request: CertificateRequest): Promise<IssuedChain>
  /** DER of RFC 5280 §5. Throws `issuer-unusable` when the issuer's certificate does not let it sign lists. */
  signRevocationList(list: RevocationList): Promise<Uint8Array>
}

/** Holds an OpenPGP secret key; the key never leaves it. */
export interface Signer {
  /** Upper-case hex. */
  readonly fingerprint: string
  /** Armored detached signature. */
  sign(data: Uint8Array, at: Instant): Promise<string>
  /** Binary OpenPGP message, signed inside, encrypted to armored public keys. `fileName` goes into the literal packet. */
  signAndEncrypt(data: Uint8Array, recipients: readonly string[], fileName: string, at: Instant): Promise<Uint8Array>
}

export interface Entropy {
  bytes(length: number): Uint8Array
  keyPair(algorithm: KeyAlgorithm): Promise<KeyPair>
}

/** Progress of long work, for people. Never part of a result. */
export interface Reporter {
  step(message: string): void
  progress(done: number, total: number, what: string): void
}

/** Reads secrets named by the YAML (`env:NAME`, `file:PATH`). */
export interface Secrets {
  /** The text, or undefined when it is not set. Throws `key-unreadable` when a named file cannot be read. */
  read(reference: string): Promise<string | undefined>
}

/** Where notes are kept between runs: never needed, and gone at any time. Nothing here throws. */
export interface NotesStore {
  /** Undefined also where others could have written them. */
  read(): Promise<Uint8Array | undefined>
  write(notes: Uint8Array): Promise<void>
}

/** What this client has seen of each place it fetches from. */
export interface ClientState {
  /** Undefined for a source never seen. Throws `state-malformed`: not knowing what was seen is no reason to forget it. */
  read(source: string): Promise<SeenCatalog | undefined>
  /** Keeps the newer of `seen` and what is there. */
  remember(source: string, seen: SeenCatalog): Promise<void>
}

/** Looks at live servers, each look bounded in time and bytes. Nothing here throws: that a look fails is its answer. */
export interface Network {
  resolve(host: string): Promise<NameAnswer>
  /** What the system calls an address; undefined without a name. */
  nameOf(address: string): Promise<string | undefined>
  connect(place: Place): Promise<TcpAnswer>
  /** One GET; `Connection: close`. */
  request(probe: HttpProbe): Promise<HttpAnswer>
  /** OPTIONS, STARTUP, the login if one is asked for, and `system.local`. */
  converse(probe: CqlProbe): Promise<CqlAnswer>
}
