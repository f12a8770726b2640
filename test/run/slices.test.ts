import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Task } from "../../src/tasks/task.ts";
import { ObjectStoreError } from "../../src/sdk/object-store.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import type { ReadRange } from "../../src/sdk/object-store.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";
import { RunWorld } from "../support/run-world.ts";
import type { RunWorldOptions } from "../support/run-world.ts";

const SIZES = { sliceBytes: 30_000, wholeBytes: 60_000, objectBytes: 10 };
const CSV = { s3InputFormatConfig: { s3InputFileType: "CSV" } };
const BY_KIND: Task = { type: "partition", index: 1, fields: ["kind"] };

describe("slices", () => {
  const outputs: readonly (readonly [name: string, output: JsonObject, tasks: readonly Task[]])[] = [
    ["JSON", {}, []],
    ["CSV of a target size", { fileType: "CSV", aggregationConfig: { targetFileSize: 1 } }, []],
    ["Parquet by partition", { fileType: "PARQUET" }, [BY_KIND]],
  ];
  for (const [name, output, tasks] of outputs) {
    it(`give the same objects and the same receipt, whatever the width: ${name}`, async () => {
      const options = { output, tasks };
      const narrow = await worldOf(options);
      const run = await narrow.run({ width: 1 });
      expect(run.state).toBe("published");
      expect(run.counts).toMatchObject({ read: 12_011, destinations: [{ written: 12_010 }] });

      for (const width of [2, 16]) {
        const wide = await worldOf(options, new ShuffledStore(width));
        await wide.run({ width });

        expect(wide.output()).toEqual(narrow.output());
        expect(wide.objects.openUploads()).toEqual([]);
      }
      expect(narrow.output().size).toBeGreaterThan(5);
    });
  }

  it("are begun in their order, no more at once than the width says", async () => {
    const store = new ShuffledStore(3);
    const world = await worldOf({}, store);

    await world.run({ width: 3 });

    expect(store.mostAtOnce).toBe(3);
  });

  it("are begun no more when one has failed, and the run says why", async () => {
    for (const width of [1, 4]) {
      const store = new ShuffledStore(width);
      const world = await worldOf({}, store);
      store.broken = "large.csv";

      const run = await world.run({ width });

      expect(run).toMatchObject({ state: "aborted", failure: "transient", message: "no luck" });
      expect(world.data()).toEqual([]);
      expect(world.objects.openUploads()).toEqual([]);
    }
  });

  it("show of a run that fails what was rejected up to the failure, whatever the width", async () => {
    const failedAt = async (width: number) => {
      const world = new RunWorld({
        objects: new ShuffledStore(width),
        sizes: { sliceBytes: 1, wholeBytes: 1e9, objectBytes: 1 },
        from: { s3InputFormatConfig: { s3InputFileType: "JSON" } },
      });
      const size = (object: number) => 1 + ((object * 7919) % 3000);
      for (let i = 0; i < 9; i++) await put(world, `${i}.json`, `{"id":${i}}\nbroken\n`.repeat(size(i)));
      // Two cannot be read to their end; the later one fails at once.
      const damaged = gzipSync(Buffer.from('broken\n{"id":0}\n'.repeat(5000)), { level: 0 });
      await world.objects.put("in", "4.json", damaged.subarray(0, damaged.length - 9));
      await world.objects.put("in", "6.json", Buffer.from([0x1f, 0x8b, 0]));
      const { counts, message } = await world.run({ width });
      return { output: world.output(), counts, message };
    };
    const narrow = await failedAt(1);

    expect(narrow.output.size).toBe(4);
    expect(narrow.message).toContain("4.json");
    for (const width of [2, 3, 5, 16]) expect(await failedAt(width)).toEqual(narrow);
  });

  it("go on where they stopped, on another width", async () => {
    const whole = await worldOf({});
    await whole.run();
    const cut = await worldOf({});
    let left = 3;

    let run = await cut.run({ width: 4, shouldStop: () => left-- <= 0 });
    for (let width = 1; run.endedAt === undefined; width++) {
      left = 2;
      run = await cut.execute(run.id, { width, shouldStop: () => left-- <= 0 });
    }

    expect(run.state).toBe("published");
    expect(recordsOf(cut)).toEqual(recordsOf(whole));
  });

  it("are none when there is nothing to read, and the run succeeds without objects", async () => {
    const world = new RunWorld({ sizes: SIZES });

    expect(await world.run({ width: 4 })).toMatchObject({ state: "published", counts: { read: 0 } });
    expect(world.data()).toEqual([]);
  });

  it("divide what is there into the same records as one slice, whatever the sizes", async () => {
    const size = fc.integer({ min: 1, max: 200_000 });
    const whole = await worldOf({ sizes: { sliceBytes: 1e9, wholeBytes: 1e9, objectBytes: 1 } });
    await whole.run();
    await fc.assert(
      fc.asyncProperty(size, size, fc.nat(5000), async (sliceBytes, wholeBytes, objectBytes) => {
        const world = await worldOf({ sizes: { sliceBytes, wholeBytes, objectBytes } });
        await world.run({ width: 5 });
        expect(recordsOf(world)).toEqual(recordsOf(whole));
      }),
      { numRuns: 15 },
    );
  });
});

/** A large object, which is divided, and small ones, which are gathered. */
async function worldOf(
  { tasks = [], ...options }: RunWorldOptions & { readonly tasks?: readonly Task[] },
  objects = new MemoryObjectStore(["in", "out", "staging"]),
): Promise<RunWorld> {
  const definition = { tasks: [{ type: "map-all", index: 0, exclude: [] } as Task, ...tasks] };
  const world = new RunWorld({ sizes: SIZES, from: CSV, definition, ...options, objects });
  for (let i = 0; i < 10; i++) await put(world, `few-${i}.csv`, `id,kind,text\r\nfew ${i},none,small\r\n`);
  const rows = Array.from({ length: 12_000 }, (_, i) => `${i},k${i % 3},"Ü ""${i}""\n"`);
  await put(world, "large.csv", `id,kind,text\n${rows.join("\n")}\nbroken\n`);
  return world;
}

async function put(world: RunWorld, key: string, text: string): Promise<void> {
  await world.objects.put("in", key, Buffer.from(text));
}

/** Every line of the data, as it stands in the order of keys and without order. */
function recordsOf(world: RunWorld): readonly string[] {
  return world
    .data()
    .flatMap((text) => text.split("\n"))
    .filter((line) => line !== "")
    .sort();
}

/** A store in which readers overtake each other, by chance that repeats. */
class ShuffledStore extends MemoryObjectStore {
  broken: string | undefined;
  mostAtOnce = 0;
  #atOnce = 0;
  #seed: number;

  constructor(seed: number) {
    super(["in", "out", "staging"]);
    this.#seed = seed;
  }

  override async *read(bucket: string, key: string, range: ReadRange = {}): AsyncIterable<Uint8Array> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    try {
      if (key === this.broken && (range.from ?? 0) > 0) throw new ObjectStoreError("Unavailable", "no luck");
      for await (const chunk of super.read(bucket, key, range)) {
        this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2 ** 31;
        for (let pause = this.#seed % 7; pause > 0; pause--) await new Promise(setImmediate);
        yield chunk;
      }
    } finally {
      this.#atOnce--;
    }
  }
}
