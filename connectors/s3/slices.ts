import type { BytesPage, InputFormat, Json, PageSection, SplitSession } from "#sdk";
import { bodyOf, formatOf } from "./objects.ts";
import type { FoundObject } from "./objects.ts";

/** What is read apart: objects as they were found, in the order of their keys; or a section of one. A plain JSON value. */
export interface Slice {
  readonly objects: readonly FoundObject[];
  /** Of its only object. */
  readonly section?: PageSection;
}

/** How an amount of objects is divided. */
export interface SliceSizes {
  /** About so many bytes are in a slice, as they are stored. */
  readonly sliceBytes: number;
  /** An object that has more is divided. */
  readonly wholeBytes: number;
  /** What an object costs besides its bytes: asking for it takes as long as reading so many. */
  readonly objectBytes: number;
}

const KIB = 1024;
const MIB = KIB * KIB;

/** Reading a large CSV object for its borders costs a part of what the run does with it, so that has to be worth it. */
export const SLICE_SIZES: SliceSizes = { sliceBytes: 512 * MIB, wholeBytes: 2048 * MIB, objectBytes: 128 * KIB };

/** Gathers objects into slices, in their order, and divides those that are large. */
export async function* sliceObjects(
  found: AsyncIterable<FoundObject>,
  { bucket, format }: { readonly bucket: string; readonly format: InputFormat["type"] },
  { sliceBytes, wholeBytes, objectBytes }: SliceSizes,
  session: SplitSession,
): AsyncGenerator<Json> {
  let gathered: FoundObject[] = [];
  let bytes = 0;
  for await (const object of found) {
    const isLarge = object.size > wholeBytes;
    if (gathered.length > 0 && (isLarge || bytes + object.size > sliceBytes)) {
      yield sliceOf(gathered);
      gathered = [];
      bytes = 0;
    }
    if (isLarge) {
      const page: BytesPage = {
        at: null,
        next: null,
        body: bodyOf(session.objects, bucket, object),
        format: formatOf(format, object.key),
      };
      for await (const section of session.divide(page, sliceBytes)) yield sliceOf([object], section);
    } else {
      gathered.push(object);
      bytes += object.size + objectBytes;
    }
  }
  if (gathered.length > 0) yield sliceOf(gathered);
}

function sliceOf(objects: readonly FoundObject[], section?: PageSection): Json {
  const pinned = objects.map(({ key, etag, size, modifiedAt }) => ({
    key,
    etag,
    size,
    ...(modifiedAt !== undefined && { modifiedAt }),
  }));
  return { objects: pinned, ...(section !== undefined && { section }) } as unknown as Json;
}
