import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Schedule } from "../../src/flow/schedule.ts";
import { clearForgotten } from "../../src/run/staging.ts";
import type { Run } from "../../src/run/run.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import { ObjectStoreError } from "../../src/sdk/object-store.ts";
import type { ReadRange } from "../../src/sdk/object-store.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";
import { RunWorld } from "../support/run-world.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const JSON_LINES = { s3InputFormatConfig: { s3InputFileType: "JSON" } };

describe("an incremental flow", () => {
  it("reads in each run what is new or changed since the last one", async () => {
    const world = worldOf();
    await put(world, "a", "one");
    await put(world, "b", "two");
    await advance(world);
    expect(await delivered(world)).toEqual(["one", "two"]);

    world.now += HOUR;
    await put(world, "b", "changed");
    await put(world, "c", "three");
    await advance(world);
    expect(await delivered(world)).toEqual(["changed", "three"]);

    world.now += HOUR;
    const run = await advance(world);
    expect(run).toMatchObject({ state: "published", counts: { read: 0 } });
    expect(await delivered(world)).toEqual([]);
  });

  it("has a run go on that could not be planned because the store of runs did not answer", async () => {
    const world = worldOf();
    await put(world, "a", "one");
    const { runs } = world.ports;
    let asked = 0;
    // The claim asks first.
    const position = (flow: string) => (++asked === 2 ? Promise.reject(new Error("throttled")) : runs.position(flow));
    Object.assign(world.ports, { runs: { ...runs, position } });

    await expect(world.run({}, "run")).rejects.toThrow("throttled");
    const run = await world.execute("run");

    expect(run).toMatchObject({ state: "published", counts: { read: 1 } });
  });

  it("begins thirty days before its first run", async () => {
    const world = worldOf();
    await put(world, "old", "old", world.now - 30 * DAY);
    await put(world, "new", "new", world.now - 30 * DAY + 1);

    const run = await advance(world);

    expect(await delivered(world)).toEqual(["new"]);
    expect(run.plan!.window).toMatchObject({ since: world.now - 30 * DAY, to: world.now });
  });

  it("begins where the flow says, and never looks back beyond that", async () => {
    const firstFrom = START - 1000;
    const world = worldOf({ firstFrom });
    await put(world, "before", "before", firstFrom);
    await put(world, "after", "after", firstFrom + 1);
    await advance(world);
    expect(await delivered(world)).toEqual(["after"]);

    world.now += HOUR;
    await put(world, "late", "late", firstFrom + 2);
    await put(world, "too early", "too early", firstFrom - 1);
    await advance(world);
    expect(await delivered(world)).toEqual(["late"]);
  });

  it("ends its windows earlier by the schedule's offset", async () => {
    const world = worldOf({ offsetMs: HOUR });
    await put(world, "a", "old enough", world.now - HOUR);
    await put(world, "b", "too new", world.now - HOUR + 1);
    await advance(world);
    expect(await delivered(world)).toEqual(["old enough"]);

    world.now += HOUR;
    await advance(world);
    expect(await delivered(world)).toEqual(["too new"]);
  });

  it("reads no further than its position when the source's clock is behind it, and the position does not fall", async () => {
    const world = worldOf();
    const start = world.now;
    await advance(world);
    world.now -= HOUR;
    await put(world, "a", "late");
    await put(world, "b", "of the future", start + 1);

    const run = await advance(world);

    expect(run.plan!.window).toMatchObject({ since: start, to: start });
    expect(await delivered(world)).toEqual(["late"]);
    expect((await world.ports.runs.position("flow"))!.watermark).toBe(start);
    world.now = start + 1;
    await advance(world);
    expect(await delivered(world)).toEqual(["of the future"]);
  });

  it("delivers what turns up late once, as far as the lookback reaches", async () => {
    const world = worldOf();
    const start = world.now;
    await advance(world);
    world.now += DAY;
    await put(world, "late", "late", start + 1);
    await put(world, "too late", "too late", start - DAY);
    await advance(world);
    expect(await delivered(world)).toEqual(["late"]);

    world.now += 1;
    await advance(world);
    expect(await delivered(world)).toEqual([]);
  });

  it("delivers what has the very time at which a window ended", async () => {
    const world = worldOf();
    await put(world, "a", "first");
    await advance(world);
    expect(await delivered(world)).toEqual(["first"]);
    await put(world, "b", "second");
    await put(world, "c", "third");
    await advance(world);
    world.now += 1;
    await advance(world);

    expect(await delivered(world)).toEqual(["second", "third"]);
  });

  it("moves nothing by a run that fails, is cancelled or is never carried out", async () => {
    const store = new FailingStore();
    const world = worldOf({}, store);
    await put(world, "a", "one");
    store.broken = true;
    expect(await advance(world)).toMatchObject({ state: "aborted", failure: "transient" });
    store.broken = false;
    expect(await advance(world, { signal: AbortSignal.abort() })).toMatchObject({ failure: "canceled" });
    expect((await world.ports.runs.position("flow"))!.watermark).toBeUndefined();

    world.now += HOUR;
    await put(world, "b", "two");
    await advance(world);

    expect(await delivered(world)).toEqual(["one", "two"]);
  });

  it("leaves an object that is replaced before it is read to the next run", async () => {
    const store = new FailingStore();
    const world = worldOf({}, store);
    await put(world, "a", "first");
    await put(world, "b", "read");
    store.beforeRead = async () => {
      world.now += 1;
      await put(world, "b", "replaced");
    };
    await advance(world);
    expect(await delivered(world)).toEqual(["first"]);

    world.now += 1;
    await advance(world);
    expect(await delivered(world)).toEqual(["replaced"]);
  });

  it("begins anew when it reads something else", async () => {
    const world = worldOf();
    await put(world, "a", "one");
    await put(world, "x/a", "two");
    await advance(world);
    expect(await delivered(world)).toEqual(["one", "two"]);
    const { source } = world.flow.definition;
    const settings = { ...source.settings, bucketPrefix: "x/" };
    await world.change({ source: { ...source, settings } });

    world.now += HOUR;
    await advance(world);

    expect(await delivered(world)).toEqual(["two"]);
  });

  it("keeps what was delivered in the staging bucket when it is much, and no more of it than the flow needs", async () => {
    const world = worldOf({}, new FailingStore(), true);
    for (let i = 0; i < 2000; i++) await put(world, `a${i}`, String(i));
    await advance(world);
    const first = stowed(world);
    expect(first).toHaveLength(1);
    await delivered(world);

    world.now += HOUR;
    await put(world, "b", "more");
    await advance(world);
    expect(await delivered(world)).toEqual(["more"]);
    expect(stowed(world)).toHaveLength(1);
    expect(stowed(world)).not.toEqual(first);

    world.now += 2 * DAY;
    await advance(world);
    expect(stowed(world)).toEqual([]);
  });

  it("leaves nothing behind of a flow that was deleted", async () => {
    const world = worldOf({}, new FailingStore(), true);
    for (let i = 0; i < 2000; i++) await put(world, `a${i}`, String(i));
    await advance(world);
    await clearForgotten("staging", world.ports);
    expect(stowed(world)).toHaveLength(1);

    const position = (await world.ports.runs.position("flow"))!;
    await world.ports.runs.write({ position: { flow: "flow", failures: 0, version: position.version + 1 } });
    await clearForgotten("staging", world.ports);

    expect(stowed(world)).toEqual([]);
  });

  it("delivers each version once, whatever happens in between, when none is later than the lookback", async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ put: fc.nat(5), late: fc.constantFrom(0, 0, 1, HOUR, DAY - 1) }) },
      { weight: 1, arbitrary: fc.record({ delete: fc.nat(5) }) },
      { weight: 2, arbitrary: fc.record({ wait: fc.constantFrom(0, 1, HOUR, DAY - 1, DAY, 3 * DAY) }) },
      { weight: 3, arbitrary: fc.constantFrom({ run: "whole" }, { run: "whole" }, { run: "failed" }, { run: "cut" }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const store = new FailingStore();
        const world = worldOf({ firstFrom: START - 2 * DAY }, store);
        const written = new Set<string>();
        const seen: string[] = [];
        /** Versions that nobody may ever see: replaced or deleted before a run has read them. */
        const current = new Map<string, string>();
        const lost = new Set<string>();
        const run = async (control: Parameters<RunWorld["run"]>[0] = {}) => {
          world.now += 1;
          await advance(world, control);
          seen.push(...(await delivered(world)));
        };
        for (const each of steps) {
          if ("put" in each) {
            const key = `k${each.put}`;
            const text = `v${written.size}`;
            written.add(text);
            if (current.has(key)) lost.add(current.get(key)!);
            current.set(key, text);
            await put(world, key, text, world.now - each.late);
          } else if ("delete" in each) {
            const key = `k${each.delete}`;
            if (current.has(key)) lost.add(current.get(key)!);
            current.delete(key);
            await world.objects.delete("in", key);
          } else if ("wait" in each) world.now += each.wait;
          else if (each.run === "whole") await run({ width: 2 });
          else if (each.run === "failed") {
            store.broken = true;
            await run();
            store.broken = false;
          } else {
            let left = 1;
            let cut = await advance(world, { shouldStop: () => left-- <= 0 });
            for (; cut.endedAt === undefined; left = 1) {
              cut = await world.execute(cut.id, { shouldStop: () => left-- <= 0 });
            }
            seen.push(...(await delivered(world)));
          }
        }
        await run();

        expect(new Set(seen).size).toBe(seen.length);
        const missing = [...written].filter((text) => !seen.includes(text) && !lost.has(text));
        expect(missing).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

const START = 1_700_000_000_000;

function worldOf(
  schedule: Partial<Schedule> = {},
  objects: MemoryObjectStore = new FailingStore(),
  isLarge = false,
): RunWorld {
  const trigger = {
    type: "scheduled" as const,
    schedule: {
      expression: { type: "rate" as const, every: 1, unit: "hours" as const },
      pull: "incremental" as const,
      offsetMs: 0,
      ...schedule,
    } as Schedule,
  };
  const sizes = { sliceBytes: isLarge ? 1e6 : 30, wholeBytes: 1e6, objectBytes: 1 };
  const output: JsonObject = isLarge ? { aggregationConfig: { aggregationType: "SingleFile" } } : {};
  return new RunWorld({ objects, sizes, from: JSON_LINES, output, definition: { trigger } });
}

/** Writes an object of one record, dated now unless it says otherwise. */
async function put(world: RunWorld, key: string, text: string, time = world.now): Promise<void> {
  const { now } = world;
  world.now = time;
  await world.objects.put("in", key, Buffer.from(`${JSON.stringify({ text })}\n`));
  world.now = now;
}

function advance(world: RunWorld, control: Parameters<RunWorld["run"]>[0] = {}): Promise<Run> {
  return world.run(control);
}

/** What the run before has delivered, taken away. */
async function delivered(world: RunWorld): Promise<string[]> {
  const texts = world.data().flatMap((data) => data.trim().split("\n"));
  for (const key of world.objects.keys("out")) await world.objects.delete("out", key);
  return texts.map((line) => (JSON.parse(line) as { text: string }).text).sort();
}

function stowed(world: RunWorld): string[] {
  return world.objects.keys("staging").filter((key) => key.startsWith("delivered/"));
}

class FailingStore extends MemoryObjectStore {
  broken = false;
  beforeRead: (() => Promise<void>) | undefined;

  constructor() {
    super(["in", "out", "staging"]);
  }

  override async *read(bucket: string, key: string, range: ReadRange = {}): AsyncIterable<Uint8Array> {
    if (this.broken && bucket === "in") throw new ObjectStoreError("Unavailable", "no luck");
    const before = bucket === "in" ? this.beforeRead : undefined;
    if (before !== undefined) {
      this.beforeRead = undefined;
      await before();
    }
    yield* super.read(bucket, key, range);
  }
}
