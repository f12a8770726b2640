import { bitsBelow, equalBytes, repeat } from "./word.ts";

const LF = 10;
const CR = 13;
const QUOTE = 34;
const QUOTES = repeat(QUOTE);
const LETTERS = repeat(97);

/** From here on, the call into Node's own copy costs less than copying by words. */
const LONG_SPAN = 256;

/*
 * All functions read up to `PADDING` bytes behind the span and write as many behind the cell, whose room is the
 * caller's to make. They answer with the offset after the cell.
 */

/** Copies a span that may stand in a CSV cell as it is. Room: its length. */
export function writePlain(
  bytes: Buffer,
  view: DataView,
  start: number,
  end: number,
  out: Buffer,
  outView: DataView,
  at: number,
): number {
  const length = end - start;
  if (length >= LONG_SPAN) bytes.copy(out, at, start, end);
  else {
    // Sixteen bytes at a time: most cells are shorter, and then there is no loop whose end must be guessed.
    for (let from = start, to = at; from < end; from += 16, to += 16) {
      outView.setInt32(to, view.getInt32(from, true), true);
      outView.setInt32(to + 4, view.getInt32(from + 4, true), true);
      outView.setInt32(to + 8, view.getInt32(from + 8, true), true);
      outView.setInt32(to + 12, view.getInt32(from + 12, true), true);
    }
  }
  return at + length;
}

/** Copies a span into quotes. Room: its length and two bytes. */
export function writeInQuotes(
  bytes: Buffer,
  view: DataView,
  start: number,
  end: number,
  out: Buffer,
  outView: DataView,
  at: number,
): number {
  out[at] = QUOTE;
  const textEnd = writePlain(bytes, view, start, end, out, outView, at + 1);
  out[textEnd] = QUOTE;
  return textEnd + 1;
}

/*
 * The two below look for what needs quotes while they copy. Their tests are those of word.ts, written out because calls
 * make such a loop slower.
 */

/** Writes a cell, in quotes if its text has a comma; it has neither quotes nor line ends. Room: its length and two bytes. */
export function writeLine(
  bytes: Buffer,
  view: DataView,
  start: number,
  end: number,
  out: Buffer,
  outView: DataView,
  at: number,
): number {
  const ONES = 0x01010101;
  const COMMAS = 0x2c2c2c2c;
  const HIGH_BITS = -0x7f7f7f80;
  let commas = 0;
  for (let from = start, to = at; from < end; from += 4, to += 4) {
    let word = view.getInt32(from, true);
    outView.setInt32(to, word, true);
    if (end - from < 4) word = firstBytes(word, end - from);
    const k = word ^ COMMAS;
    commas |= ((k - ONES) | 0) & ~k;
  }
  if ((commas & HIGH_BITS) !== 0) return writeInQuotes(bytes, view, start, end, out, outView, at);
  return at + end - start;
}

/** Writes a cell, in quotes if its text has a comma, a quote or a line end. Room: twice its length and two bytes. */
export function writeText(
  bytes: Buffer,
  view: DataView,
  start: number,
  end: number,
  out: Buffer,
  outView: DataView,
  at: number,
): number {
  const ONES = 0x01010101;
  const BLANKS = 0x20202020;
  const COMMAS = 0x2c2c2c2c;
  const QUOTES = 0x22222222;
  const HIGH_BITS = -0x7f7f7f80;
  let commas = 0;
  let quotes = 0;
  let controls = 0;
  // The text is copied to where it stands in quotes: whoever knows nothing of a text has mostly seen something in it.
  for (let from = start, to = at + 1; from < end; from += 4, to += 4) {
    let word = view.getInt32(from, true);
    outView.setInt32(to, word, true);
    if (end - from < 4) word = firstBytes(word, end - from);
    const k = word ^ COMMAS;
    const q = word ^ QUOTES;
    commas |= ((k - ONES) | 0) & ~k;
    quotes |= ((q - ONES) | 0) & ~q;
    controls |= ((word - BLANKS) | 0) & ~word;
  }
  if ((quotes & HIGH_BITS) !== 0) return writeDoubled(view, start, end, out, outView, at);
  const hasComma = (commas & HIGH_BITS) !== 0;
  if (!hasComma && ((controls & HIGH_BITS) === 0 || !hasLineEnd(bytes, start, end))) {
    return writePlain(bytes, view, start, end, out, outView, at);
  }
  out[at] = QUOTE;
  out[at + 1 + end - start] = QUOTE;
  return at + 2 + end - start;
}

/** Writes a cell in quotes and doubles those within. Room: twice the span and two bytes. */
function writeDoubled(view: DataView, start: number, end: number, out: Buffer, outView: DataView, at: number): number {
  let from = start;
  let to = at;
  out[to++] = QUOTE;
  while (from < end) {
    const word = view.getInt32(from, true);
    const quotes = equalBytes(word, QUOTES);
    const count = quotes === 0 ? 4 : bitsBelow(quotes) >> 3;
    outView.setInt32(to, word, true);
    from += count;
    to += count;
    if (quotes !== 0 && from < end) {
      out[to++] = QUOTE;
      out[to++] = QUOTE;
      from++;
    }
  }
  // The last word may have gone beyond the span.
  to -= from - end;
  out[to++] = QUOTE;
  return to;
}

/** The word with letters in place of all but its first bytes. */
function firstBytes(word: number, count: number): number {
  const mask = (1 << (count * 8)) - 1;
  return (word & mask) | (LETTERS & ~mask);
}

function hasLineEnd(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] === LF || bytes[at] === CR) return true;
  return false;
}
