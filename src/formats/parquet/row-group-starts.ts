import type { DecoderPosition } from "../../batch/batch.ts";
import type { ByteSource } from "../../sdk/byte-source.ts";
import { readFooter } from "./read-footer.ts";

/** Where the row groups with records begin that are not the first, and how many bytes of data are in those before. */
export async function* rowGroupStarts(
  source: ByteSource,
): AsyncGenerator<{ readonly place: DecoderPosition; readonly offset: number }> {
  const { rowGroups } = await readFooter(source);
  let records = 0;
  let offset = 0;
  for (const [rowGroup, group] of rowGroups.entries()) {
    if (records > 0 && group.records > 0) yield { place: { rowGroup, record: 0 }, offset };
    records += group.records;
    for (const { length } of group.chunks) offset += length;
  }
}
