/**
 * Writes ZIP archives (APPNOTE 6.3.10): a few files, all with one time, so that the same content is the same archive.
 *
 * @module
 */
import { crc32, deflateRawSync } from 'node:zlib'

/** A file of an archive. */
export interface ZipFile {
  /** With `/` separators, relative. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** Larger archives need ZIP64, which this does not write. */
const MAX_BYTES = 0xffff_ffff
const MAX_FILES = 0xffff

const VERSION_NEEDED = 20
/** Made on Unix, so that the mode of files is read. */
const VERSION_MADE_BY = (3 << 8) | VERSION_NEEDED
/** Names are in UTF-8. */
const FLAG_UTF8 = 0x0800
const METHOD_DEFLATE = 8
/** The times that the format has, with two seconds of precision. */
const EARLIEST_MS = Date.UTC(1980, 0, 1)
const LATEST_MS = Date.UTC(2107, 11, 31, 23, 59, 58)
/** A regular file that everybody may read. */
const MODE = (0o100644 << 16) >>> 0

/**
 * Writes an archive.
 *
 * @param time of all files, in UTC; the nearest one that the format has
 * @throws {RangeError} for names that leave the folder, for a name that occurs twice, and above 4 GiB or 65,535 files
 */
export function zip(files: readonly ZipFile[], time: Date): Buffer {
  const names = new Set(files.map(({ name }) => name))
  const wrong = files.find(({ name }) => !isPlainName(name))
  if (wrong !== undefined) throw new RangeError(`a name in an archive must be relative and plain, not ${wrong.name}`)
  if (names.size < files.length) throw new RangeError('a name occurs twice in the archive')
  if (files.length > MAX_FILES) throw new RangeError('an archive has at most 65535 files')
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, bytes } of files) {
    const data = deflateRawSync(bytes)
    const nameBytes = Buffer.from(name)
    const common = commonHeader({ bytes, data, nameBytes, time })
    const local = Buffer.concat([words32(0x0403_4b50), words16(VERSION_NEEDED), common, nameBytes])
    // Comment, disk, internal attributes.
    const tail = [words16(0, 0, 0), words32(MODE, offset), nameBytes]
    directory.push(Buffer.concat([words32(0x0201_4b50), words16(VERSION_MADE_BY, VERSION_NEEDED), common, ...tail]))
    parts.push(local, data)
    offset += local.length + data.length
  }
  const central = Buffer.concat(directory)
  if (offset + central.length > MAX_BYTES) throw new RangeError('an archive has at most 4 GiB')
  const end = [
    words32(0x0605_4b50),
    words16(0, 0, files.length, files.length),
    words32(central.length, offset),
    words16(0),
  ]
  return Buffer.concat([...parts, central, ...end])
}

interface Entry {
  readonly bytes: Uint8Array
  readonly data: Buffer
  readonly nameBytes: Buffer
  readonly time: Date
}

/** What both headers of a file share: from the flags to the length of the extra field. */
function commonHeader({ bytes, data, nameBytes, time: wanted }: Entry): Buffer {
  const time = new Date(Math.min(Math.max(wanted.getTime(), EARLIEST_MS), LATEST_MS))
  const date = ((time.getUTCFullYear() - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate()
  const clock = (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1)
  return Buffer.concat([
    words16(FLAG_UTF8, METHOD_DEFLATE, clock, date),
    words32(crc32(bytes), data.length, bytes.length),
    words16(nameBytes.length, 0),
  ])
}

function words16(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(2 * values.length)
  for (const [index, value] of values.entries()) buffer.writeUInt16LE(value, 2 * index)
  return buffer
}

function words32(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) buffer.writeUInt32LE(value, 4 * index)
  return buffer
}

function isPlainName(name: string): boolean {
  return (
    name !== '' && !/^\/|\\|^[A-Za-z]:|[\0-\x1f]/.test(name) && !name.split('/').some((part) => /^\.{0,2}$/.test(part))
  )
}
