export interface PeekedBody {
  readonly start: Uint8Array;
  /** True where the start is all. */
  readonly isWhole: boolean;
  /** The whole body, the start included. */
  readonly body: ReadableStream<Uint8Array>;
}

/** Looks at the first bytes of a body, at `bytes` of them or a chunk more. */
export async function peekBody(body: ReadableStream<Uint8Array>, bytes: number): Promise<PeekedBody> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isWhole = false;
  while (length <= bytes) {
    const { done, value } = await reader.read();
    isWhole = done;
    if (done) break;
    chunks.push(value);
    length += value.length;
  }
  const start = Buffer.concat(chunks);
  let isFirst = true;
  const again = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (isFirst && start.length > 0) {
          isFirst = false;
          return controller.enqueue(start);
        }
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return { start, isWhole, body: again };
}
