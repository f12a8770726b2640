/*
 * Keys as file names. A key's segments, those between its slashes, are the names of folders and at last of a file. A
 * segment that a file system cannot hold under its own name is escaped:
 *
 *   orders/2026/01/a.json     orders/2026/01/a.json
 *   a/../b                    a/.~%2E%2E/b
 *   a segment of 300 bytes    .~+{its first 200}/.~{the rest}
 *   `a`, a folder's name      .~=a
 *
 * Names that begin with `.~` are thereby never a segment's own. The escapes are short, so that the path of any key fits
 * into the 4096 bytes that Linux allows, unless its bucket's folder takes more than 800.
 */

/** The folder in each bucket for what is not an object yet. */
export const STAGING = ".millrace-uploads";

const KEY = ".~";
const PART = ".~+";
const OBJECT = ".~=";

const WINDOWS = process.platform === "win32";

/** What Linux, macOS and Windows allow, in bytes or more. */
const MAX_NAME_BYTES = 255;
const PART_BYTES = 200;

/** `key`: the ordinary name of a file or folder. `object`: that of a file whose ordinary name a folder has. */
export type NameKind = "key" | "object";

/** The way to the folder of the keys that begin with these segments. */
export function namesOfFolder(segments: readonly string[], windows = WINDOWS): string[] {
  return segments.flatMap((segment) => namesOfSegment(segment, "key", windows));
}

/** The way to one segment's folder or file: one name, or several where it is longer than a name can be. */
export function namesOfSegment(segment: string, kind: NameKind, windows = WINDOWS): string[] {
  if (kind === "key" && isFileName(segment, windows)) return [segment];
  const parts = cut(escape(segment));
  const last = parts.pop()!;
  return [...parts.map((part) => PART + part), (kind === "key" ? KEY : OBJECT) + last];
}

/** What a name in a folder is; undefined when it is nothing that a key leads to. */
export type NameMeaning =
  /** The segment, or, for names in a folder of parts, the end of one. */
  | { readonly type: "segment"; readonly escaped: string; readonly kind: NameKind }
  /** The folder holds what goes on after this beginning of a segment. */
  | { readonly type: "part"; readonly escaped: string };

export function meaningOf(name: string): NameMeaning | undefined {
  if (name.startsWith(PART)) return { type: "part", escaped: name.slice(PART.length) };
  if (name.startsWith(OBJECT)) return { type: "segment", escaped: name.slice(OBJECT.length), kind: "object" };
  if (name.startsWith(KEY)) return { type: "segment", escaped: name.slice(KEY.length), kind: "key" };
  return name === STAGING ? undefined : { type: "segment", escaped: escape(name), kind: "key" };
}

/** The segment that these names, and no others, stand for; undefined when there is none. */
export function segmentOf(
  names: readonly string[],
  escaped: string,
  kind: NameKind,
  windows = WINDOWS,
): string | undefined {
  const segment = unescape(escaped);
  if (segment === undefined) return undefined;
  const canonical = namesOfSegment(segment, kind, windows);
  return canonical.length === names.length && canonical.every((name, i) => name === names[i]) ? segment : undefined;
}

function isFileName(segment: string, windows: boolean): boolean {
  if (segment === "" || segment === "." || segment === ".." || segment === STAGING) return false;
  if (segment.startsWith(KEY) || segment.includes("\0") || Buffer.byteLength(segment) > MAX_NAME_BYTES) return false;
  return !windows || isWindowsName(segment);
}

/** https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file */
function isWindowsName(segment: string): boolean {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f<>:"|?*\\]/.test(segment) || /[. ]$/.test(segment)) return false;
  return !/^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|$)/i.test(segment);
}

/** Leaves letters, digits, `-` and `_`, and what is not ASCII. */
function escape(segment: string): string {
  // eslint-disable-next-line no-control-regex
  return segment.replace(/[\u0000-\u007f]/g, (c) => (/[\w-]/.test(c) ? c : `%${hex(c.charCodeAt(0))}`));
}

function unescape(escaped: string): string | undefined {
  if (/%(?![0-7][0-9A-F])/.test(escaped)) return undefined;
  return escaped.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

function hex(code: number): string {
  return code.toString(16).toUpperCase().padStart(2, "0");
}

/** Pieces of at most `PART_BYTES`, none of which ends within an escape or a character. */
function cut(escaped: string): string[] {
  const parts: string[] = [];
  let part = "";
  for (const [character] of escaped.matchAll(/%..|./gsu)) {
    if (Buffer.byteLength(part) + Buffer.byteLength(character) > PART_BYTES) {
      parts.push(part);
      part = "";
    }
    part += character;
  }
  return [...parts, part];
}
