import { BUCKETS } from "./names.ts";
import type { World } from "./world.ts";
import { kindOf } from "./observer.ts";

/** The uploads of one attempt. */
export interface AttemptObjects {
  /** How many are neither completed nor aborted. */
  readonly open: number;
  readonly completed: ReadonlySet<"data" | "error">;
}

/** The uploads of a run, by `slice/segment/attempt`, in the order of the first of each. */
export function objectsOf(world: World, runId: string): ReadonlyMap<string, AttemptObjects> {
  const found = new Map<string, { open: number; completed: Set<"data" | "error"> }>();
  for (const { upload, state } of world.buckets.uploads.values()) {
    const place = BUCKETS[0] === upload.bucket ? placeOf(upload.key, runId) : undefined;
    if (place === undefined) continue;
    const attempt = found.get(place) ?? { open: 0, completed: new Set() };
    found.set(place, attempt);
    if (state === "open") attempt.open++;
    if (state === "completed") attempt.completed.add(kindOf(upload.key) as "data" | "error");
  }
  return found;
}

/** Keys hold the piece: `…-s2g3a4.json`. */
function placeOf(key: string, runId: string): string | undefined {
  if (!key.includes(runId)) return undefined;
  const [, slice = "1", segment = "1", attempt = "1"] = /(?:-(?:s(\d+))?(?:g(\d+))?(?:a(\d+))?)?\.json$/.exec(key)!;
  return `${Number(slice) - 1}/${Number(segment) - 1}/${attempt}`;
}
