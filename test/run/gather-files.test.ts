import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SliceSizes } from "../../connectors/s3/slices.ts";
import { abortRun } from "../../src/run/decide-run.ts";
import { gatherFiles } from "../../src/run/gather-files.ts";
import { clearForgotten } from "../../src/run/staging.ts";
import { verifyRun } from "../../src/run/verify-run.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import { ObjectStoreError } from "../../src/sdk/object-store.ts";
import type { Task } from "../../src/tasks/task.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";
import { RunWorld } from "../support/run-world.ts";

const FROM = { s3InputFormatConfig: { s3InputFileType: "JSON" } };
/** Every object is a slice of its own. */
const APART: SliceSizes = { sliceBytes: 1, wholeBytes: 1e9, objectBytes: 1 };
const TOGETHER: SliceSizes = { sliceBytes: 1e9, wholeBytes: 1e9, objectBytes: 1 };

const MAP_ALL: Task = { type: "map-all", index: 0, exclude: [] };
const WITHOUT_DROPPED: Task = {
  type: "filter",
  index: 1,
  field: "kind",
  operator: "not-equal",
  values: ["dropped"],
  dataType: "string",
};
const BY_KIND: Task = { type: "partition", index: 2, fields: ["kind"] };

const OUTPUTS: Readonly<Record<string, JsonObject>> = {
  json: {},
  csv: { fileType: "CSV" },
  "typed parquet": { fileType: "PARQUET", preserveSourceDataTyping: true },
  "parquet of text": { fileType: "PARQUET" },
};

describe("one file of many slices", () => {
  for (const [name, output] of Object.entries(OUTPUTS)) {
    const isText = !name.includes("parquet");
    it(`is the same, and has the same receipt, whatever the width: ${name}`, { timeout: 60_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(SOURCES, fc.boolean(), async (objects, isPartitioned) => {
          const tasks = isPartitioned ? [WITHOUT_DROPPED, BY_KIND] : [WITHOUT_DROPPED];
          const whole = await worldOf({ objects, output, tasks, sizes: TOGETHER });
          const asOne = await whole.run();
          const narrow = await worldOf({ objects, output, tasks });
          const run = await narrow.run({ width: 1 });

          expect(run).toMatchObject({ state: asOne.state, counts: { read: asOne.counts.read } });
          for (const width of [4, 16]) {
            const wide = await worldOf({ objects, output, tasks });
            await wide.run({ width });
            expect(wide.output()).toEqual(narrow.output());
          }
          if (run.state !== "published") return;
          const { receipt, faults } = await verifyRun(run, narrow.ports, new AbortController().signal);
          expect(faults).toEqual([]);
          expect(filesOf(narrow)).toEqual(filesOf(whole));
          expect(receipt.counts.destinations[0]!.bytesWritten).toBe(dataBytes(narrow));
          // Text is what one slice would have written, to the byte; Parquet has other row groups.
          if (isText) expect(dataOf(narrow)).toEqual(dataOf(whole));
          expect(piecesOf(narrow)).toEqual([]);
          expect(narrow.objects.openUploads()).toEqual([]);
        }),
        { numRuns: 15 },
      );
    });
  }

  it("is one for each partition, also where segments end early", async () => {
    const world = await worldOf({ objects: someObjects(6), tasks: [BY_KIND] });
    let left = 2;

    let run = await world.run({ shouldStop: () => left-- <= 0 });
    for (let calls = 0; run.endedAt === undefined && calls < 50; calls++) {
      left = 1 + (calls % 3);
      run = await world.execute(run.id, { shouldStop: () => left-- <= 0 });
    }

    const { faults } = await verifyRun(run, world.ports, new AbortController().signal);
    expect(faults).toEqual([]);
    expect(filesOf(world)).toEqual(["flow/kind=dropped/", "flow/kind=none/", "flow/kind=some/"]);
    const whole = await worldOf({ objects: someObjects(6), tasks: [BY_KIND], sizes: TOGETHER });
    await whole.run();
    expect([...dataOf(world).values()]).toEqual([...dataOf(whole).values()]);
  });

  it("is gathered on by another process where one had to let go", async () => {
    const byId: Task = { type: "partition", index: 1, fields: ["id"] };
    const objects = someObjects(2).map(([key, text]) => [key, text.split("\n").slice(0, 5).join("\n")] as const);
    const world = await worldOf({ objects, tasks: [byId] });

    const isGathering = () => world.objects.openUploads().some(({ bucket }) => bucket === "out");
    const stopped = await world.run({ shouldStop: isGathering });
    const run = await world.execute(stopped.id);

    expect([stopped.state, run.state]).toEqual(["running", "published"]);
    const later = [...dataOf(world).keys()].filter((key) => key.endsWith("-g2.json"));
    expect([dataOf(world).size, later.length]).toEqual([10, 6]);
    expect(await verifyRun(run, world.ports, new AbortController().signal)).toMatchObject({ faults: [] });
  });

  it("is made once, however many gather it", async () => {
    const world = await worldOf({ objects: someObjects(5) });
    let left = 100;
    const stopped = await world.run({ shouldStop: () => left-- <= 0, width: 5 });
    left = 1000;

    await Promise.all(Array.from({ length: 4 }, () => world.execute(stopped.id, { width: 2 })));

    const run = (await world.ports.runs.get("flow", stopped.id))!;
    expect(run.state).toBe("published");
    expect(dataOf(world).size).toBe(1);
    expect(await verifyRun(run, world.ports, new AbortController().signal)).toMatchObject({ faults: [] });
    expect(piecesOf(world)).toEqual([]);
    expect(world.objects.openUploads()).toEqual([]);
  });

  it("leaves nothing of a run that fails, but what was rejected", async () => {
    const objects = new BrokenStore();
    const world = await worldOf({ objects: [...someObjects(4), ["broken.json", "{\n"]] }, objects);
    objects.broken = "3.json";

    const run = await world.run({ width: 4 });

    expect(run.state).toBe("aborted");
    expect(dataOf(world).size).toBe(0);
    expect(piecesOf(world)).toEqual([]);
    expect(world.objects.openUploads()).toEqual([]);
  });

  it("is not made of a piece that is not what was left", async () => {
    const objects = new BrokenStore();
    const world = await worldOf({ objects: someObjects(3) }, objects);
    objects.spoils = true;

    const run = await world.run();

    expect(run).toMatchObject({ state: "aborted", failure: "internal" });
    expect(run.message).toMatch(/does not hold the records of its pieces/);
    expect(dataOf(world).size).toBe(0);
    expect(world.objects.openUploads()).toEqual([]);
  });

  it("waits for the last slice", async () => {
    const world = await worldOf({ objects: someObjects(3) });
    let left = 1;
    const run = await world.run({ shouldStop: () => left-- <= 0 });
    const control = { signal: new AbortController().signal, shouldStop: () => false };

    expect(run.state).toBe("running");
    await expect(gatherFiles(run, world.ports, control)).rejects.toThrow("Only 1 of the 3 slices");
  });

  it("has pieces that are swept when somebody leaves them after the run's end", async () => {
    const world = await worldOf({ objects: someObjects(3) });
    let left = 2;
    const run = await world.run({ shouldStop: () => left-- <= 0 });
    const [piece] = piecesOf(world);
    expect(piece).toBeDefined();

    await abortRun(run, "canceled", "enough", world.ports);
    await world.execute(run.id);
    expect(piecesOf(world)).toEqual([]);
    await world.objects.put("staging", piece!, Buffer.from("late"));
    await clearForgotten("staging", world.ports);

    expect(piecesOf(world)).toEqual([]);
  });

  it("is written directly where there is one slice, and files of a target size are by every slice", async () => {
    const single = await worldOf({ objects: someObjects(3), sizes: TOGETHER });
    const sized = await worldOf({
      objects: someObjects(3),
      output: { aggregationConfig: { aggregationType: "SingleFile", targetFileSize: 1 } },
    });

    const runs = [await single.run(), await sized.run()];

    for (const { plan } of runs) expect(plan!.outputs[0]!.pieces).toBeUndefined();
    expect([dataOf(single).size, dataOf(sized).size]).toEqual([1, 3]);
  });
});

type SourceObjects = readonly (readonly [key: string, text: string])[];

/** Objects with records that are written, dropped, refused by typed Parquet, or cannot be decoded; some have nothing else. */
const SOURCES: fc.Arbitrary<SourceObjects> = fc
  .array(fc.array(fc.constantFrom("some", "none", "dropped", "broken"), { minLength: 1, maxLength: 8 }), {
    minLength: 2,
    maxLength: 7,
  })
  .map((objects) => objects.map((kinds, i) => [`${i}.json`, kinds.map((kind, r) => line(i * 100 + r, kind)).join("")]));

function line(id: number, kind: string): string {
  if (kind === "broken") return `{"id":${id}, broken\n`;
  return `{"id":${id},"kind":"${kind}","text":"Ü \\"${id}\\"\\n,"}\n`;
}

function someObjects(count: number): SourceObjects {
  const kinds = ["some", "none", "dropped"];
  return Array.from({ length: count }, (_, i) => [
    `${i}.json`,
    Array.from({ length: 20 }, (_, r) => line(i * 100 + r, kinds[(r + i) % 3]!)).join(""),
  ]);
}

interface WorldOptions {
  readonly objects: SourceObjects;
  readonly output?: JsonObject;
  readonly tasks?: readonly Task[];
  readonly sizes?: SliceSizes;
}

async function worldOf(
  { objects, output = {}, tasks = [], sizes = APART }: WorldOptions,
  store = new MemoryObjectStore(["in", "out", "staging"]),
): Promise<RunWorld> {
  const world = new RunWorld({
    objects: store,
    from: FROM,
    sizes,
    output: { aggregationConfig: { aggregationType: "SingleFile" }, ...output },
    definition: { tasks: [MAP_ALL, ...tasks] },
  });
  for (const [key, text] of objects) await store.put("in", key, Buffer.from(text));
  return world;
}

function dataOf(world: RunWorld): ReadonlyMap<string, string> {
  return new Map([...world.output()].filter(([key]) => !key.startsWith("_millrace/")));
}

function dataBytes(world: RunWorld): number {
  return [...dataOf(world).values()].reduce((sum, text) => sum + text.length, 0);
}

/** The folders in which there is data, each as often as there are files. */
function filesOf(world: RunWorld): readonly string[] {
  return [...dataOf(world).keys()].map((key) => key.slice(0, key.lastIndexOf("/") + 1));
}

function piecesOf(world: RunWorld): readonly string[] {
  return world.objects.keys("staging").filter((key) => key.includes("/pieces/"));
}

/** A store that fails to give an object, or gives another piece than was left. */
class BrokenStore extends MemoryObjectStore {
  broken: string | undefined;
  spoils = false;

  constructor() {
    super(["in", "out", "staging"]);
  }

  override async *read(...[bucket, key, range]: Parameters<MemoryObjectStore["read"]>): AsyncIterable<Uint8Array> {
    if (key === this.broken) throw new ObjectStoreError("Unavailable", "no luck");
    for await (const chunk of super.read(bucket, key, range)) {
      if (this.spoils && bucket === "staging" && key.endsWith("s2.json")) chunk[8]! ^= 1;
      yield chunk;
    }
  }
}
