/*
 * What is peculiar to the files of an export: a value that is missing is the word `null` in a cell without quotes, and bytes
 * of zero and carriage returns are in them that belong to no value
 * (https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/bulk-extract/bulk-lead-extract).
 */

const QUOTE = 34;
const COMMA = 44;
const LF = 10;
const CR = 13;
const NULL = Buffer.from("null");

/** The same file as CSV usually is: a missing value is an empty cell. Line ends within quotes are part of the value. */
export async function* cleanCsv(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isQuoted = false;
  /** How much of the word stands from the start of the cell on; -1 where the cell is not the word. */
  let matched = 0;
  for await (const chunk of chunks) {
    const cleaned = Buffer.allocUnsafe(chunk.length + NULL.length);
    let end = 0;
    for (const byte of chunk) {
      if (byte === 0 || byte === CR) continue;
      const endsCell = !isQuoted && (byte === COMMA || byte === LF);
      if (matched >= 0 && !endsCell) {
        if (byte === NULL[matched]) {
          matched++;
          continue;
        }
        end += NULL.copy(cleaned, end, 0, matched);
        matched = -1;
      } else if (matched > 0 && matched < NULL.length) end += NULL.copy(cleaned, end, 0, matched);
      if (byte === QUOTE) isQuoted = !isQuoted;
      if (endsCell) matched = 0;
      cleaned[end++] = byte;
    }
    if (end > 0) yield cleaned.subarray(0, end);
  }
  if (matched > 0 && matched < NULL.length) yield NULL.subarray(0, matched);
}
