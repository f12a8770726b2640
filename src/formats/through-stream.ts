import type { Transform } from "node:stream";

/**
 * What comes out of a transform stream into which the input is put, a piece only when it is needed and the one before is
 * used up. When the input or the stream fails, all that was made before comes first: a pipeline would throw it
 * away. The stream is destroyed and the input closed in every case, also when the reader stops early.
 */
export async function* throughStream(
  input: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array> {
  const pieces = input[Symbol.asyncIterator]();
  let wake = () => {};
  let isBusy = false;
  const onWritten = () => {
    isBusy = false;
    wake();
  };
  for (const event of ["readable", "end", "error", "close"]) transform.on(event, () => wake());
  try {
    for (;;) {
      const output = transform.read() as Uint8Array | null;
      if (output !== null) yield output;
      else if (transform.errored) throw transform.errored;
      else if (transform.readableEnded) return;
      else if (isBusy) {
        // Nothing happens between looking at the stream and waiting for it, so no event is missed.
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else {
        const next = await pieces.next();
        isBusy = true;
        if (next.done === true) transform.end();
        else transform.write(next.value, onWritten);
      }
    }
  } finally {
    transform.destroy();
    await pieces.return?.();
  }
}
