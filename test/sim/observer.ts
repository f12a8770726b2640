import { receiptKey } from "../../src/plan/output-layout.ts";
import type { Run } from "../../src/run/run.ts";
import { isDecided } from "../../src/run/transitions.ts";
import type { ParkedCall } from "./scheduler.ts";
import { FLOW, STAGING } from "./names.ts";
import { isApart } from "./is-apart.ts";
import type { World } from "./world.ts";

/** What an object is to whoever lists a bucket. */
export type SeenKind = "data" | "error" | "receipt";

/** Looks on, as somebody outside would, and notes what must never be seen. */
export class Observer {
  /** The first thing that was wrong. */
  wrong: string | undefined;
  readonly #world: World;
  readonly #decisions = new Map<string, "counts" | "has no effect">();
  readonly #claimed = new Set<string>();
  #seen = 0;
  #position: { readonly flowId: string | undefined; readonly watermark: number } | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** Called after every effect. */
  look(call: ParkedCall): void {
    const { seen } = this.#world.buckets;
    for (; this.#seen < seen.length; this.#seen++) {
      // Nobody outside looks there.
      if (seen[this.#seen]!.bucket !== STAGING) this.#lookAtObject(seen[this.#seen]!);
    }
    if (call.name === "runs.write") this.#lookAtRuns();
  }

  note(wrong: string): void {
    if (this.wrong !== undefined) return;
    this.wrong = wrong;
    this.#world.scheduler.tell(() => `WRONG ${wrong}`);
  }

  #lookAtObject({ key }: { readonly key: string }): void {
    const run = runOfKey(this.#world, key);
    if (run === undefined) return;
    const kind = kindOf(key);
    const name = this.#world.shortId(run.id);
    const counts = run.state === "committed" || run.state === "published";
    if (kind === "error") {
      if (!isDecided(run)) this.note(`rejected records of ${name} are visible while it is ${run.state}`);
    } else if (!counts)
      this.note(`${kind === "data" ? "data" : "a receipt"} of ${name} is visible, which is ${run.state}`);
    else if (kind === "receipt" && !this.#isComplete(run)) {
      this.note(`${name} has a receipt before all its objects are visible`);
    }
  }

  #isComplete(run: Run): boolean {
    const { tables, buckets } = this.#world;
    return tables.segments(FLOW, run.id).every(({ files }) => {
      const list = "list" in files ? files.list : [];
      return list.every(({ upload }) => buckets.uploads.get(upload.uploadId)?.state === "completed");
    });
  }

  #lookAtRuns(): void {
    const { tables } = this.#world;
    let moves = false;
    for (const run of tables.runs(FLOW)) {
      if (!isDecided(run)) continue;
      const decision = run.state === "committed" || run.state === "published" ? "counts" : "has no effect";
      const before = this.#decisions.get(run.id);
      if (before !== undefined && before !== decision) this.note(`${this.#world.shortId(run.id)} was decided twice`);
      this.#decisions.set(run.id, decision);
      moves ||= before === undefined && decision === "counts" && !isApart(run);
    }
    const position = tables.position(FLOW);
    const watermark = position?.watermark ?? 0;
    const before = this.#position;
    if (position?.flowId === before?.flowId && watermark < (before?.watermark ?? 0)) {
      this.note(`the position fell from ${before!.watermark} to ${watermark}`);
    }
    if (position?.flowId === before?.flowId && watermark !== (before?.watermark ?? 0) && !moves) {
      this.note(`the position moved to ${watermark}, and no run that moves it was decided to count`);
    }
    if (position !== undefined) this.#position = { flowId: position.flowId, watermark };
  }

  /** Called when a run was claimed. */
  noteClaim(runId: string): void {
    if (this.#claimed.has(runId)) this.note(`${this.#world.shortId(runId)} was claimed twice`);
    this.#claimed.add(runId);
  }
}

/** The run that an object is of, as it is stored, or was when it was forgotten. */
export function runOfKey(world: World, key: string): Run | undefined {
  const id = world.runIds.find((each) => key.includes(each));
  return id === undefined ? undefined : runOf(world, id);
}

export function runOf(world: World, id: string): Run | undefined {
  return world.tables.get(FLOW, id) ?? world.tables.forgotten.get(`${FLOW}/${id}`)?.run;
}

export function kindOf(key: string): SeenKind {
  if (
    key ===
    receiptKey(
      FLOW,
      key
        .split("/")
        .at(-1)!
        .replace(/\.json$/, ""),
    )
  )
    return "receipt";
  return key.startsWith("_millrace/errors/") ? "error" : "data";
}
