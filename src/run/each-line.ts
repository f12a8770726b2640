const LF = 10;

/** The lines of a text, without their ends; empty ones are left out. Valid until the next one is pulled. */
export async function* eachLine(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let start = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      const line = Buffer.concat([...begun, bytes.subarray(start, end)]);
      begun = [];
      if (line.length > 0) yield line;
      start = end + 1;
    }
    // A copy: the chunk is not ours after the next one is pulled.
    if (start < bytes.length) begun.push(Buffer.from(bytes.subarray(start)));
  }
  const last = Buffer.concat(begun);
  if (last.length > 0) yield last;
}
