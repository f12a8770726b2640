import type { DiscoveredFields } from "../plan/run-plan.ts";
import type { SourceQuery } from "../sdk/connector.ts";
import type { Json } from "../sdk/json.ts";
import { sessionOf } from "./engine-io.ts";
import type { SourceIo } from "./engine-io.ts";
import { RunCancelled } from "./run-failure.ts";
import { SeenFields } from "./seen-fields.ts";

/**
 * Reads the slices once to learn their fields, for outputs whose columns must be known before the first record: names in
 * the order first seen, and the narrowest type that holds every value exactly; undefined where that is text.
 */
export async function discoverFields(
  query: Omit<SourceQuery, "cursor" | "fields" | "slice">,
  slices: readonly Json[],
  io: SourceIo,
): Promise<DiscoveredFields> {
  const seen = new SeenFields();
  const session = sessionOf(io);
  for (const slice of slices) {
    for await (const page of io.source.read(session, { ...query, slice, fields: undefined, cursor: undefined })) {
      if (io.signal.aborted) throw new RunCancelled();
      await seen.add(page, io.signal);
    }
  }
  return { fields: seen.fields() };
}
