import type { FindingRule } from "./finding-rules.ts"

/** Findings about a bundle. `Z`: the ZIP, `C`: config.json, `K`: PEM key material, `J`: Java stores, `P`: cert.pfx. */
export const BUNDLE_RULES = {
  Z1: {
    severity: "error",
    title: "the file is a ZIP whose entries every driver can unpack: stored or deflated, unencrypted, intact",
    why: "Java reports `Invalid bundle: missing file config.json` for anything that is not a ZIP; only Python unpacks bzip2 or LZMA; no driver has an option for a ZIP password.",
    mend: "Fetch the bundle again, or pack it anew with plain `zip -X`.",
  },
  Z2: {
    severity: "error",
    title: "no stored entry leaves its size to a data descriptor",
    why: "Java reads the ZIP as a stream and fails with `only DEFLATED entries can have EXT descriptor`.",
    mend: "Deflate the entries, or pack them with a program that knows their size when it begins to write.",
  },
  Z3: {
    severity: "error",
    title: "the ZIP begins with its first entry",
    why: "Java and Node.js take bytes in front of it, as in a self-extracting archive, for a broken file: `Invalid bundle: missing file config.json`.",
    mend: "Remove the bytes in front of the first entry (`zip -J` does).",
  },
  Z4: {
    severity: "error",
    title: "the entries lie at the root, once each, under their exact names",
    why: "Drivers look entries up by exact name: a folder, a `./` prefix or another letter case is `missing file`. Of two entries with one name C# and C++ read the first, others the last, and Node.js fails with `ADM-ZIP: Duplicate entry name`.",
    mend: "Pack the files from inside their folder: `cd bundle && zip -X ../bundle.zip *`.",
  },
  Z5: {
    severity: "error",
    title: "every entry that a driver reads is there",
    why: "Each driver reads its own part of the bundle. Without `cert` or `key` Node.js fails only at the server with `tlsv13 alert certificate required`; C# without `cert.pfx` warns and connects without a certificate.",
    mend: "Build the bundle again; a bundle for a key of your own is completed by `scb fetch --key FILE`, or later by `scb complete`.",
  },
  Z6: {
    severity: "warning",
    title: "entries are smaller than 1 MB and few",
    why: "Python unpacks every entry into a temporary folder each time a session starts. A real bundle is smaller than 64 KiB.",
    mend: "Leave out what no driver reads.",
  },
  C1: {
    severity: "error",
    title: "config.json is a JSON object in UTF-8 without a byte order mark",
    why: "Node.js, Python and Go refuse a byte order mark; C++, C# and Java skip it, so it goes unnoticed there.",
    mend: "Write the file as plain UTF-8.",
  },
  C2: {
    severity: "error",
    title: "config.json names its host by a lower-case DNS name",
    why: "C++ matches no certificate to an IP address (`Peer certificate subject name does not match`) or to a name with a dot at its end, and Node.js takes no IPv6 address. The same name is usually the proxy's: there Node.js compares letter by letter, and resolves by DNS only, so `localhost` is `queryA ENOTFOUND`.",
    mend: "Give the service a DNS name with an A record, and put that name into the server's certificate.",
  },
  C3: {
    severity: "error",
    title: "config.json gives the port as a JSON integer from 1 to 65535",
    why: "For a string C++ says `Missing port` and Go `cannot unmarshal string into Go struct field .port of type int`; other drivers accept it.",
    mend: "Write the number without quotes.",
  },
  C4: {
    severity: "error",
    title: "config.json holds the passwords of both Java stores",
    why: "Java needs both: it says `missing field`, turns `null` into the password “null”, and with an empty one `Keystore was tampered with, or password was incorrect`.",
    mend: "Write keyStorePassword and trustStorePassword as non-empty strings.",
  },
  C5: {
    severity: "error",
    title: "pfxCertPassword in config.json opens cert.pfx",
    why: "C# says only `Failed to load or parse the secure connection bundle. See inner exception`.",
    mend: "Write the password that cert.pfx was made with, or make cert.pfx again.",
  },
  C6: {
    severity: "warning",
    title: "config.json holds no username or password",
    why: "Python, Node.js, C++ and Java 3 log in with them unasked, Java 4, C# and Go ignore them; and a database login lies in a file that is handed around.",
    mend: "Remove both and give the login to the application by itself.",
  },
  C7: {
    severity: "warning",
    title: "the locations in config.json are the standard ones",
    why: "No driver reads them: names of entries are fixed. Another location promises what nobody keeps.",
    mend: "Write ./ca.crt, ./cert, ./key, ./identity.jks, ./trustStore.jks and ./data, or leave them out.",
  },
  K1: {
    severity: "error",
    title: "ca.crt is PEM and begins with a self-signed root CA",
    why: "C# reads only the first certificate and compares it with the root of the server's chain: `Root certificate thumbprint mismatch`. Without any certificate every driver but Java fails, Python with `Unable to connect to the metadata service`.",
    mend: "Put the root of the server's chain first.",
  },
  K2: {
    severity: "error",
    title: "cert is PEM: the client's certificate first, not a CA, then the chain that issued it",
    why: "A server takes the first certificate for the client's and verifies it through those that follow. What it refuses reaches people as `handshake_failure`, or in Python as `Unable to connect to the metadata service`.",
    mend: "Order the certificates leaf first, each followed by its issuer; issue the leaf with CA:FALSE and inside the limits of its issuers.",
  },
  K3: {
    severity: "error",
    title: "key is an unencrypted private key in PEM: PKCS#1, PKCS#8 or SEC1",
    why: "No driver asks for a passphrase: Node.js says `bad decrypt`, Go `tls: failed to parse private key`.",
    mend: "Write it with `openssl pkey -in key.pem -out key`.",
  },
  K4: {
    severity: "error",
    title: "cert, key, identity.jks and cert.pfx hold one key and one certificate",
    why: "A mismatch is `key values mismatch` in Node.js and Python and `private key does not match public key` in Go; C++ sees a handshake alert, and Node.js with a key of another type sends no certificate at all. Two certificates that are both good make two identities of one bundle, and nobody fails until one of them is revoked.",
    mend: "Build all four from the same key and certificate.",
  },
  K5: {
    severity: "error",
    title: "the certificate is fit for a TLS client",
    why: "Extended key usage, where present, must hold clientAuth, key usage digitalSignature (RFC 5280 §4.2.1.3, §4.2.1.12), and no critical extension may be unknown (§4.2). .NET does not send another one, and Cassandra, HAProxy and nginx refuse it. The usage `any` is enough for Cassandra alone.",
    mend: "Issue it with keyUsage=digitalSignature and extendedKeyUsage=clientAuth.",
  },
  K6: {
    severity: "warning",
    title: "the certificate leads to a CA that is known",
    why: "The client's CA may well differ from the server's in ca.crt. But a lone certificate of an issuer that appears nowhere is usually of another cluster, and its server says `unknown ca`.",
    mend: "Add the issuing certificates behind the leaf in cert, or check with the client CA of the server.",
  },
  K7: {
    severity: "error",
    title: "the certificates are valid now, for a while yet, and not for years",
    why: "An expired certificate is TLS alert 45 `certificate expired`, in Python `Unable to connect to the metadata service`. One that lives for years is as good to a thief as to its owner, and Cassandra can refuse it (max_certificate_validity_period).",
    mend: "Renew the bundle.",
  },
  K8: {
    severity: "warning",
    title: "keys are RSA of 2048 bits and more, P-256 or P-384, and signatures SHA-256 and better",
    why: "With OpenSSL 3 Python, Node.js and C++ do not even load a certificate signed with SHA-1 (`ca md too weak`), and many builds of Python refuse short RSA keys (`ee key too small`); so do servers, sooner or later all.",
    mend: "Issue the certificate anew with a stronger key or signature.",
  },
  J1: {
    severity: "error",
    title: "identity.jks opens with keyStorePassword and holds one private key under the same password, with its chain",
    why: "Java says `Keystore was tampered with, or password was incorrect` or, where the key has a password of its own, `Cannot recover key`.",
    mend: "Make the store with one entry and with key and store password equal to keyStorePassword.",
  },
  J2: {
    severity: "error",
    title: "trustStore.jks opens with trustStorePassword and trusts what ca.crt does",
    why: "Java says `Keystore was tampered with, or password was incorrect`, and for a PKCS#12 made by OpenSSL `the trustAnchors parameter must be non-empty`.",
    mend: "Import each certificate of ca.crt with `keytool -importcert -noprompt`.",
  },
  J3: {
    severity: "warning",
    title: "the Java stores are real JKS",
    why: "A JVM with keystore.type.compat=false refuses PKCS#12 under the type JKS: `Invalid keystore format`.",
    mend: "Make the stores with `keytool -storetype JKS`.",
  },
  P1: {
    severity: "error",
    title: "cert.pfx is a PKCS#12 with one key, its certificate and the chain",
    why: "C# takes its client certificate from nowhere else.",
    mend: "Make it with `openssl pkcs12 -export -inkey key -in cert`.",
  },
  P2: {
    severity: "warning",
    title: "cert.pfx is not encrypted with RC2-40",
    why: "OpenSSL 3 has RC2-40 only in its legacy provider and FIPS hosts have none of it, so .NET on Linux may refuse the file.",
    mend: "Make it with PBE-SHA1-3DES or with AES-256.",
  },
} as const satisfies Record<string, FindingRule>

/** Where a row has several causes that drivers tell apart: its code, and what is wrong. */
export const BUNDLE_CAUSES = {
  "zip-encrypted": ["Z1", "an entry of the ZIP is encrypted"],
  "zip-method": ["Z1", "an entry of the ZIP is compressed in another way than by deflate"],
  "zip-crc": ["Z1", "an entry of the ZIP does not match its CRC"],
} as const satisfies Readonly<Record<string, readonly [code: string, text: string]>>

export type BundleCause = keyof typeof BUNDLE_CAUSES
