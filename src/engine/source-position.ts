import type { DecoderPosition } from "../batch/batch.ts";
import type { Json } from "../sdk/json.ts";

/** A place between two batches. A plain JSON value: whoever goes on there repeats nothing and skips nothing. */
export interface SourcePosition {
  /** The cursor that gives the page in hand, or the next one; undefined: the first page. */
  readonly page: Json | undefined;
  /** Where to go on within that page; undefined: at its start. */
  readonly within: DecoderPosition | undefined;
}
