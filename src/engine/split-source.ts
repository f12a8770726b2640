import type { SplitQuery, SplitSession } from "../sdk/connector.ts";
import type { Json } from "../sdk/json.ts";
import { dividePage } from "./divide-page.ts";
import type { EngineIo, SourceIo } from "./engine-io.ts";
import { RunCancelled } from "./run-failure.ts";

/** What a source divides itself into: one `null`, which is everything, where it does not. */
export async function splitSource(
  query: SplitQuery,
  { source, delivered, ...io }: SourceIo & Pick<EngineIo, "delivered">,
): Promise<readonly Json[]> {
  if (source.split === undefined) return [null];
  const slices: Json[] = [];
  const session: SplitSession = {
    ...io,
    divide: (page, sectionBytes) => dividePage(page, sectionBytes, io.signal),
    isDelivered: ({ name }) => delivered?.has(name) ?? false,
  };
  for await (const slice of source.split(session, query)) {
    if (io.signal.aborted) throw new RunCancelled();
    slices.push(slice);
  }
  return slices;
}
