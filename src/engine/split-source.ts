import type { SplitQuery } from "../sdk/connector.ts";
import type { Json } from "../sdk/json.ts";
import { dividePage } from "./divide-page.ts";
import type { EngineIo } from "./engine-io.ts";
import { RunCancelled } from "./run-failure.ts";

/** What a source divides itself into: one `null`, which is everything, where it does not. */
export async function splitSource(
  query: SplitQuery,
  { source, objects, signal }: Pick<EngineIo, "source" | "objects" | "signal">,
): Promise<readonly Json[]> {
  if (source.split === undefined) return [null];
  const slices: Json[] = [];
  const session = {
    objects,
    signal,
    divide: (page: Parameters<typeof dividePage>[0], spanBytes: number) => dividePage(page, spanBytes, signal),
  };
  for await (const slice of source.split(session, query)) {
    if (signal.aborted) throw new RunCancelled();
    slices.push(slice);
  }
  return slices;
}
