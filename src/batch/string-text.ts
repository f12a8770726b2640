/* Text between the ways in which formats wrap it. All functions expect spans that a decoder has already checked. */

const QUOTE = 34;
const BACKSLASH = 92;
const LETTER_U = 117;
const REPLACEMENT = 0xfffd;

/** What each letter after a backslash stands for; 0 where JSON knows no such escape. */
const ESCAPES = new Uint8Array(128);
for (const pair of ['""', "\\\\", "//", "b\b", "f\f", "n\n", "r\r", "t\t"]) {
  ESCAPES[pair.charCodeAt(0)] = pair.charCodeAt(1);
}

/**
 * Writes the text of a JSON string's inside as UTF-8; returns the offset after it. The text is never longer than the
 * span. A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD.
 */
export function unescapeJson(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  let o = at;
  let i = start;
  while (i < end) {
    const c = bytes[i++]!;
    if (c !== BACKSLASH) {
      out[o++] = c;
      continue;
    }
    const letter = bytes[i++]!;
    if (letter !== LETTER_U) {
      out[o++] = ESCAPES[letter]!;
      continue;
    }
    let unit = hexUnit(bytes, i);
    i += 4;
    if (unit >= 0xd800 && unit < 0xe000) {
      const low = unit < 0xdc00 ? lowSurrogateAt(bytes, i, end) : -1;
      if (low >= 0) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        i += 6;
      } else unit = REPLACEMENT;
    }
    o = writeCodePoint(out, o, unit);
  }
  return o;
}

/** Writes the text of a quoted CSV cell's inside: every doubled quote becomes one. */
export function undoubleQuotes(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  let o = at;
  for (let i = start; i < end; i++) {
    const c = bytes[i]!;
    out[o++] = c;
    if (c === QUOTE) i++;
  }
  return o;
}

/** The offset after the first `count` code points of plain UTF-8 text, or `end` when there are no more. */
export function skipCodePoints(bytes: Uint8Array, start: number, end: number, count: number): number {
  let at = start;
  for (let left = count; left > 0 && at < end; left--) at += utf8Length(bytes[at]!);
  return at;
}

/** The same for the inside of a JSON string: an escape is one code point, an escaped surrogate pair too. */
export function skipEscapedCodePoints(bytes: Uint8Array, start: number, end: number, count: number): number {
  let at = start;
  for (let left = count; left > 0 && at < end; left--) {
    const c = bytes[at]!;
    if (c !== BACKSLASH) at += utf8Length(c);
    else if (bytes[at + 1] !== LETTER_U) at += 2;
    else {
      const unit = hexUnit(bytes, at + 2);
      at += 6;
      if (unit >= 0xd800 && unit < 0xdc00 && lowSurrogateAt(bytes, at, end) >= 0) at += 6;
    }
  }
  return at;
}

/** How many code points plain UTF-8 text has. */
export function countCodePoints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if ((bytes[at]! & 0xc0) !== 0x80) count++;
  return count;
}

/** True when no byte is above 0x7f. */
export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  for (let at = start; at < end; at++) seen |= bytes[at]!;
  return seen < 0x80;
}

/** Copies a span a word at a time; overruns the end of both by up to three bytes (see `PADDING`). */
export function copyWords(from: DataView, start: number, end: number, to: DataView, at: number): void {
  for (let i = start, o = at; i < end; i += 4, o += 4) to.setInt32(o, from.getInt32(i, true), true);
}

function utf8Length(lead: number): number {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function hexUnit(bytes: Uint8Array, at: number): number {
  return (hex(bytes[at]!) << 12) | (hex(bytes[at + 1]!) << 8) | (hex(bytes[at + 2]!) << 4) | hex(bytes[at + 3]!);
}

function hex(c: number): number {
  return c <= 57 ? c - 48 : (c | 32) - 87;
}

/** The low surrogate that an escape at `at` spells, or -1. */
function lowSurrogateAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 6 > end || bytes[at] !== BACKSLASH || bytes[at + 1] !== LETTER_U) return -1;
  const unit = hexUnit(bytes, at + 2);
  return unit >= 0xdc00 && unit < 0xe000 ? unit : -1;
}

function writeCodePoint(out: Uint8Array, at: number, point: number): number {
  let o = at;
  if (point < 0x80) out[o++] = point;
  else if (point < 0x800) {
    out[o++] = 0xc0 | (point >> 6);
    out[o++] = 0x80 | (point & 63);
  } else if (point < 0x10000) {
    out[o++] = 0xe0 | (point >> 12);
    out[o++] = 0x80 | ((point >> 6) & 63);
    out[o++] = 0x80 | (point & 63);
  } else {
    out[o++] = 0xf0 | (point >> 18);
    out[o++] = 0x80 | ((point >> 12) & 63);
    out[o++] = 0x80 | ((point >> 6) & 63);
    out[o++] = 0x80 | (point & 63);
  }
  return o;
}
