import type { Page, SampledField } from "../sdk/connector.ts";
import { SeenFields } from "./seen-fields.ts";

/** The fields of the first records of pages, read no further than that takes. */
export async function sampleFields(pages: readonly Page[], signal: AbortSignal): Promise<readonly SampledField[]> {
  const seen = new SeenFields();
  for (const page of pages) {
    signal.throwIfAborted();
    await seen.add(page, signal, "first batch");
  }
  return seen.fields();
}
