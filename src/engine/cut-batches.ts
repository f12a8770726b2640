import type { Batch, DecoderPosition } from "../batch/batch.ts";

/**
 * The batches of an object up to a place where a record begins: a record belongs to where its first byte lies. Whether a
 * record is whole is not decided by the cut, because the decoder sees what is beyond it.
 */
export async function* cutBatches(batches: AsyncIterable<Batch>, to: DecoderPosition): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    if (batch.next !== null && isBefore(batch.next, to)) yield batch;
    else return yield { ...keepBefore(batch, to), next: null };
  }
}

/** Row groups are read whole, one after the other; text is read by bytes. */
function isBefore(place: DecoderPosition, to: DecoderPosition): boolean {
  const measure = "rowGroup" in to ? "rowGroup" : "offset";
  return (place[measure] as number) < (to[measure] as number);
}

/** No batch reaches from one row group into the next. */
function keepBefore(batch: Batch, { offset }: DecoderPosition): Batch {
  if (typeof offset !== "number") return batch;
  let count = batch.count;
  while (count > 0 && batch.offsets[count - 1]! >= offset) count--;
  return { ...batch, count, rejected: batch.rejected.filter((record) => record.offset < offset) };
}
