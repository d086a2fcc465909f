/** Numbers of the ZIP format (PKWARE APPNOTE 6.3.10, section in brackets) that reader and writer share. */

export const LOCAL_HEADER = 0x04034b50 // [4.3.7]
export const DATA_DESCRIPTOR = 0x08074b50 // [4.3.9]
export const CENTRAL_HEADER = 0x02014b50 // [4.3.12]
export const ZIP64_END = 0x06064b50 // [4.3.14]
export const ZIP64_LOCATOR = 0x07064b50 // [4.3.15]
export const END = 0x06054b50 // [4.3.16]

export const LOCAL_HEADER_SIZE = 30
export const CENTRAL_HEADER_SIZE = 46
export const END_SIZE = 22
export const ZIP64_LOCATOR_SIZE = 20
export const ZIP64_END_SIZE = 56

export const STORED = 0
export const DEFLATED = 8

/** General purpose flags [4.4.4]. */
export const FLAG_DATA_DESCRIPTOR = 1 << 3
/** Bit 0: encrypted; 6: strongly; 13: central directory masked. */
export const FLAGS_ENCRYPTED = (1 << 0) | (1 << 6) | (1 << 13)

/** A 16- or 32-bit field that says "see the ZIP64 extra field" [4.4.1.4]. */
export const SEE_ZIP64_16 = 0xffff
export const SEE_ZIP64_32 = 0xffffffff

/** Extra fields: ZIP64 sizes [4.5.3], and a second name that some readers prefer [4.6.9]. */
export const EXTRA_ZIP64 = 0x0001
export const EXTRA_UNICODE_PATH = 0x7075

/** File type bits of a Unix mode. */
export const MODE_TYPE = 0o170000
export const MODE_REGULAR = 0o100000
export const MODE_DIRECTORY = 0o040000
