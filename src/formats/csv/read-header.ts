import { isUtf8 } from "node:buffer";
import { FormatError } from "../format.ts";
import type { CsvBlock } from "./csv-block.ts";

/** No real table has more; a file without line ends may look as if it had. */
const MAX_COLUMNS = 100_000;

const LF = 10;
const CR = 13;
const QUOTE = 34;

export interface CsvHeader {
  /** All different, none empty. */
  readonly names: readonly string[];
  /** The line, counted from 1, on which the record after the header starts. */
  readonly line: number;
}

/**
 * Reads the header, which is the first line that is not blank, from a block that is still empty, and moves the block
 * behind it. Names stay as they are, but an empty one becomes `column_3` after its place, and one that is taken gets
 * `_2`, `_3`, … until all differ.
 *
 * Fails with a `FormatError` when there is no header, or when it is not a CSV record in UTF-8 of at most `maxBytes` and
 * `MAX_COLUMNS` cells.
 */
export async function readHeader(
  block: CsvBlock,
  objectName: string,
  delimiter: number,
  maxBytes: number,
): Promise<CsvHeader> {
  await block.fill();
  skipByteOrderMark(block, objectName);
  let line = 1;
  for (;;) {
    line += skipBlankLines(block);
    const record = parseRecord(block, objectName, delimiter);
    // The last byte of a header that does not end in the block may be half of its line end.
    const length = (record?.end ?? block.end - 1) - block.start;
    if (length > maxBytes) throw new FormatError(`${objectName} has no header line within ${maxBytes} bytes`);
    if (record !== undefined) {
      block.start = block.afterLineEnd(record.end);
      return { names: uniqueNames(record.cells), line: line + record.lines };
    }
    if (block.final) throw new FormatError(`${objectName} has no header line`);
    await block.fill();
  }
}

/** Makes names differ, the same way for the same names. A name that the header spells out is never given to another column. */
function uniqueNames(cells: readonly string[]): readonly string[] {
  const spelled = new Set(cells);
  const given = new Set<string>();
  return cells.map((cell, i) => {
    const wanted = cell === "" ? `column_${i + 1}` : cell;
    let name = wanted;
    for (let n = 2; given.has(name) || (name !== cell && spelled.has(name)); n++) name = `${wanted}_${n}`;
    given.add(name);
    return name;
  });
}

function skipByteOrderMark(block: CsvBlock, objectName: string): void {
  const [first, second, third] = block.bytes.subarray(block.start, block.end);
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new FormatError(`${objectName} is encoded in UTF-16; save it as UTF-8`);
  }
  if (first === 0xef && second === 0xbb && third === 0xbf) block.start += 3;
}

/** Answers how many lines it skips. The last byte of a block may be half of a line end: it stays. */
function skipBlankLines(block: CsvBlock): number {
  let lines = 0;
  while (block.start < block.end && block.lineEnd(block.start) === block.start) {
    block.start = block.afterLineEnd(block.start);
    lines++;
  }
  return lines;
}

interface ParsedRecord {
  readonly cells: readonly string[];
  /** Where its line end stands. */
  readonly end: number;
  /** How many lines it takes. */
  readonly lines: number;
}

/** Undefined when the record does not end in the block. */
function parseRecord(block: CsvBlock, objectName: string, delimiter: number): ParsedRecord | undefined {
  const { bytes, start, end, final } = block;
  const limit = final ? end + 1 : end;
  if (start >= end) return undefined;
  const cells: string[] = [];
  let at = start;
  for (;;) {
    const cellEnd = bytes[at] === QUOTE ? quotedEnd(block, at) : unquotedEnd(block, at, delimiter);
    if (cellEnd >= limit) {
      if (final) throw new FormatError(`${objectName} has a header line with a quote that is never closed`);
      return undefined;
    }
    if (cells.length === MAX_COLUMNS)
      throw new FormatError(`${objectName} has a header with more than ${MAX_COLUMNS} names`);
    cells.push(cellText(bytes, at, cellEnd));
    if (bytes[cellEnd] !== delimiter) {
      at = cellEnd;
      break;
    }
    at = cellEnd + 1;
  }
  if (bytes[at] !== LF && bytes[at] !== CR) {
    throw new FormatError(`${objectName} has a header line with text after a closing quote`);
  }
  if (!final && block.lineEnd(at) < 0) return undefined;
  if (!isUtf8(bytes.subarray(start, at))) throw new FormatError(`${objectName} has a header line that is not UTF-8`);
  return { cells, end: at, lines: countLines(block, start, at) };
}

/** Where a quoted cell ends, its closing quote included; beyond the block when it does not. */
function quotedEnd({ bytes, end }: CsvBlock, start: number): number {
  let at = start + 1;
  while (at < end) {
    if (bytes[at] !== QUOTE) at++;
    else if (at + 1 < end && bytes[at + 1] === QUOTE) at += 2;
    else return at + 1;
  }
  return end + 1;
}

function unquotedEnd({ bytes, end }: CsvBlock, start: number, delimiter: number): number {
  let at = start;
  while (at < end && bytes[at] !== delimiter && bytes[at] !== LF && bytes[at] !== CR) at++;
  return at;
}

function cellText(bytes: Buffer, start: number, end: number): string {
  if (bytes[start] !== QUOTE) return bytes.utf8Slice(start, end);
  return bytes.utf8Slice(start + 1, end - 1).replaceAll('""', '"');
}

function countLines(block: CsvBlock, start: number, end: number): number {
  let lines = 1;
  for (let at = block.lineEnd(start); at < end; at = block.lineEnd(block.afterLineEnd(at))) lines++;
  return lines;
}
