import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import type { EngineIo } from "../../src/engine/engine-io.ts";
import { runPartition } from "../../src/engine/run-partition.ts";
import type { PartitionOutcome } from "../../src/engine/run-partition.ts";
import type { SourcePosition } from "../../src/engine/source-position.ts";
import { addCounts } from "../../src/run/sum-counts.ts";
import type { PlannedOutput, RunPlan } from "../../src/plan/run-plan.ts";
import type { FileTarget } from "../../src/sdk/connector.ts";
import { ConnectorError } from "../../src/sdk/connector-error.ts";
import { NO_CONNECTION } from "../../src/sdk/http/connection.ts";
import type { Task } from "../../src/tasks/task.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";
import { memoryScratch } from "../support/memory-scratch.ts";
import { fileSource } from "../support/page-source.ts";
import type { TestFile } from "../support/page-source.ts";

type Format = FileTarget["format"];

const MAP_ALL: Task = { type: "map-all", index: 0, exclude: [] };

describe("a partition", () => {
  it("moves every record of every file, once, in order", async () => {
    const world = new World([jsonFile("a", 5000), jsonFile("b", 10)], plan([output("json", "single-file")], [MAP_ALL]));

    const outcome = await world.run();

    expect(outcome.state).toBe("done");
    const lines = (await world.dataOf("out-0")).flatMap(({ text }) => text.trim().split("\n"));
    expect(lines).toEqual([...recordLines("a", 5000), ...recordLines("b", 10)]);
  });

  it("writes a file per source file when nothing aggregates them", async () => {
    const world = new World([jsonFile("a", 3), jsonFile("b", 2)], plan([output("json", "none")], [MAP_ALL]));

    await world.run();

    expect((await world.dataOf("out-0")).map(({ text }) => text)).toEqual([
      `${recordLines("a", 3).join("\n")}\n`,
      `${recordLines("b", 2).join("\n")}\n`,
    ]);
  });

  it("reads the source once for several destinations, each of which gets every record", async () => {
    const outputs = [output("json", "single-file"), output("csv", "single-file", ["id", "name"])];
    const world = new World([jsonFile("a", 2500)], plan(outputs, [MAP_ALL]));

    const outcome = await world.run();

    expect(outcome).toMatchObject({ counts: { read: 2500, destinations: [{ written: 2500 }, { written: 2500 }] } });
    expect((await world.dataOf("out-1"))[0]!.text.split("\n")).toHaveLength(2502);
  });

  it("writes each CSV value under its own header, however the source files order their fields", async () => {
    const files: TestFile[] = [
      { name: "a", bytes: Buffer.from("id,name\n1,one\n"), format: { type: "csv" } },
      { name: "b", bytes: Buffer.from("name,extra,id\ntwo,x,2\n"), format: { type: "csv" } },
    ];
    const world = new World(files, plan([output("csv", "single-file", ["id", "name", "extra"])], [MAP_ALL]));

    await world.run();

    expect((await world.dataOf("out-0"))[0]!.text).toBe("id,name,extra\n1,one,\n2,two,x\n");
  });

  it("sorts records into a file per partition value, null and absent together", async () => {
    const tasks: Task[] = [MAP_ALL, { type: "partition", index: 1, fields: ["kind"] }];
    const text = '{"kind":"x","n":1}\n{"kind":null,"n":2}\n{"n":3}\n{"kind":"x","n":4}\n';
    const world = new World([file("a", text)], plan([output("json", "none")], tasks));

    await world.run();

    expect((await world.dataOf("out-0")).map(({ key, text: content }) => [key, content])).toEqual([
      ["kind=x/0", '{"kind":"x","n":1}\n{"kind":"x","n":4}\n'],
      ["kind=null/0", '{"kind":null,"n":2}\n{"n":3}\n'],
    ]);
  });

  it("starts a new file when one has reached the target size", async () => {
    const sized = {
      ...output("json", "single-file"),
      target: { ...target("json", "single-file"), targetFileBytes: 4000 },
    };
    const world = new World([jsonFile("a", 1000)], plan([sized], [MAP_ALL]));

    await world.run();

    const files = await world.dataOf("out-0");
    expect(files.length).toBeGreaterThan(5);
    for (const { text } of files.slice(0, -1)) expect(text.length).toBeGreaterThanOrEqual(4000);
    for (const { text } of files) expect(text.length).toBeLessThan(4000 + 64 * 60);
    expect(files.map(({ text }) => text).join("")).toBe(`${recordLines("a", 1000).join("\n")}\n`);
  });

  it("writes what cannot be decoded to the error file, and balances the books", async () => {
    const text = `${recordLines("a", 2).join("\n")}\nbroken\n${recordLines("b", 1).join("\n")}\n`;
    const world = new World([file("a", text)], plan([output("json", "none")], [MAP_ALL]));

    const outcome = await world.run();

    expect(outcome).toMatchObject({ counts: { read: 4, rejected: 1, destinations: [{ written: 3, rejected: 0 }] } });
    const [errors] = await world.dataOf("errors-0");
    expect(JSON.parse(errors!.text)).toMatchObject({
      errorCode: "MalformedRecord",
      source: "a",
      line: 3,
      raw: "broken",
      executionId: "run",
    });
  });

  it("keeps the raw text of broken records out of the error file when the flow masks fields", async () => {
    const mask: Task = { type: "mask", index: 1, field: "name", scheme: "all", length: 5, character: "*" };
    const world = new World([file("a", '{"name":"secret"\n')], plan([output("json", "none")], [MAP_ALL, mask]));

    await world.run();

    const [errors] = await world.dataOf("errors-0");
    expect(errors!.text).toContain("MalformedRecord");
    expect(errors!.text).not.toContain("secret");
  });

  it("rejects a record whose value does not fit its typed column, with the record as it would have been written", async () => {
    const typed = { ...output("parquet", "none"), fields: [{ name: "id", type: { name: "int64" as const } }] };
    const world = new World([file("a", '{"id":1}\n{"id":"x"}\n{"id":3}\n')], plan([typed], [MAP_ALL]));

    const outcome = await world.run();

    expect(outcome).toMatchObject({ counts: { read: 3, rejected: 0, destinations: [{ written: 2, rejected: 1 }] } });
    const [errors] = await world.dataOf("errors-0");
    expect(JSON.parse(errors!.text)).toMatchObject({ errorCode: "TypeMismatch", field: "id", record: { id: "x" } });
  });

  it("publishes nothing and leaves no upload behind when a rule ends the run", async () => {
    const rule: Task = { type: "validate", index: 1, field: "name", rule: "non-null", onFailure: "end-run" };
    const text = `${recordLines("a", 3000).join("\n")}\n{"id":1,"name":null}\n`;
    const world = new World([file("a", text)], plan([output("json", "none")], [MAP_ALL, rule]));

    const outcome = await world.run();

    expect(outcome).toMatchObject({ state: "failed", outputs: [{ data: [], errors: [] }] });
    expect(world.objects.openUploads()).toEqual([]);
  });

  it("ends at the first rejected record when the destination asks for that", async () => {
    const typed = {
      ...output("parquet", "none"),
      fields: [{ name: "id", type: { name: "int64" as const } }],
      failOnFirstError: true,
    };
    const world = new World([file("a", '{"id":"x"}\n')], plan([typed], [MAP_ALL]));

    const outcome = await world.run();

    expect(outcome).toMatchObject({ state: "failed", outputs: [{ data: [], errors: [{ records: 1 }] }] });
  });

  it("fails when the run is cancelled, and leaves no upload behind", async () => {
    const world = new World([jsonFile("a", 5000)], plan([output("json", "none")], [MAP_ALL]));

    const outcome = await world.run({ cancel: true });

    expect(outcome).toMatchObject({ state: "failed", error: { name: "RunCancelled" } });
    expect(world.objects.openUploads()).toEqual([]);
  });

  it("holds ten thousand partitions in bounded memory", async () => {
    const lines = Array.from(
      { length: 30_000 },
      (_, i) => `{"kind":${(i * 7919) % 10_000},"text":"${"x".repeat(200)}"}`,
    );
    const tasks: Task[] = [MAP_ALL, { type: "partition", index: 1, fields: ["kind"] }];
    const world = new World([file("a", lines.join("\n"))], plan([output("json", "none")], tasks));

    const outcome = await world.run();

    expect(outcome).toMatchObject({ state: "done", counts: { destinations: [{ written: 30_000 }] } });
    expect(await world.dataOf("out-0")).toHaveLength(10_000);
  });
});

describe("a partition that is stopped and goes on", () => {
  const anyCase = fc.record({
    files: fc.array(fc.integer({ min: 0, max: 6000 }), { minLength: 1, maxLength: 3 }),
    from: fc.constantFrom<Format>("json", "csv"),
    partitioned: fc.boolean(),
    targetFileBytes: fc.constantFrom(undefined, 20_000, 150_000),
    /** After how many batches to stop, over and over. */
    stopEvery: fc.integer({ min: 1, max: 4 }),
  });

  for (const to of ["json", "csv", "parquet"] as const) {
    it(`writes the same ${to} records in the same order as one that is not`, async () => {
      await fc.assert(
        fc.asyncProperty(anyCase, async ({ files, from, partitioned, targetFileBytes, stopEvery }) => {
          const input = files.map((count, i) => (from === "json" ? jsonFile(`f${i}`, count) : csvFile(`f${i}`, count)));
          const tasks: Task[] = partitioned ? [MAP_ALL, { type: "partition", index: 1, fields: ["kind"] }] : [MAP_ALL];
          const planned = {
            ...output(to, "none", ["id", "name", "kind"]),
            target: { ...target(to, "none"), targetFileBytes },
          };
          const whole = new World(input, plan([planned], tasks));
          const cut = new World(input, plan([planned], tasks));

          const uninterrupted = await whole.run();
          const stopped = await cut.run({ stopEvery });

          expect(booksOf(stopped)).toEqual(booksOf(uninterrupted));
          expect(await cut.recordsByPartition(to)).toEqual(await whole.recordsByPartition(to));
        }),
        { numRuns: 25 },
      );
    });
  }

  it("keeps what it has read where a wait for the source ends because the process has to let go", async () => {
    const world = new World([jsonFile("a", 3000), jsonFile("b", 10)], plan([output("json", "none")], [MAP_ALL]));

    const outcome = await world.run({ waitsBefore: 1 });

    expect(booksOf(outcome)).toMatchObject({ read: 3010 });
    const lines = (await world.dataOf("out-0")).flatMap(({ text }) => text.trim().split("\n"));
    expect(lines).toEqual([...recordLines("a", 3000), ...recordLines("b", 10)]);
    expect(world.pages).toEqual([0, 1]);
  });

  it("has nothing to keep where such a wait comes first", async () => {
    const world = new World([jsonFile("a", 10)], plan([output("json", "none")], [MAP_ALL]));

    expect(await world.run({ waitsBefore: 0 })).toMatchObject({ state: "failed", error: { code: "RequestTimeout" } });
  });

  it("throws everything away where one file is to hold all records", async () => {
    const world = new World([jsonFile("a", 9000)], plan([output("json", "single-file")], [MAP_ALL]));

    const outcome = await world.run({ stopEvery: 1 });

    expect(outcome).toEqual({ state: "stopped" });
    expect(world.objects.openUploads()).toEqual([]);
  });
});

/** A partition with everything around it in memory. */
class World {
  readonly objects = new MemoryObjectStore(["out-0", "out-1", "errors-0", "errors-1", "staging"]);
  readonly #files: readonly TestFile[];
  readonly #plan: RunPlan;
  readonly #outcomes: PartitionOutcome[] = [];
  /** Which pages were read, in order. */
  readonly pages: unknown[] = [];

  constructor(files: readonly TestFile[], runPlan: RunPlan) {
    this.#files = files;
    this.#plan = runPlan;
  }

  /** Goes on, with what was written before, until the source has nothing left; the counts are those of all together. */
  async run({ stopEvery = Infinity, cancel = false, waitsBefore = Infinity } = {}): Promise<PartitionOutcome> {
    let position: SourcePosition = { page: undefined, within: undefined };
    let hasWaited = false;
    for (;;) {
      let batches = 0;
      let isTimeUp = false;
      const source = fileSource(this.#files);
      const { pages } = this;
      const segment = this.#outcomes.length;
      const io: EngineIo = {
        source: {
          ...source,
          async *read(session, query) {
            for await (const page of source.read(session, query)) {
              if (page.at === waitsBefore && !hasWaited) {
                hasWaited = isTimeUp = true;
                throw new ConnectorError("RequestTimeout", "The source is not done, and the time is up");
              }
              pages.push(page.at);
              yield page;
            }
          },
        },
        slice: null,
        objects: this.objects,
        connection: NO_CONNECTION,
        signal: cancel ? AbortSignal.abort() : new AbortController().signal,
        shouldStop: () => isTimeUp || ++batches >= stopEvery,
        dataKey: (_, __, partition, sequence) =>
          [...partition.map(({ field, value }) => `${field}=${value ?? "null"}`), segment * 10_000 + sequence].join(
            "/",
          ),
        errorKey: () => `errors-${segment}`,
        openScratch: () => Promise.resolve(memoryScratch()),
        progress: () => Promise.resolve(),
      };
      const outcome = await runPartition(this.#plan, position, io);
      this.#outcomes.push(outcome);
      if (outcome.state !== "done" || outcome.next === null) return this.#together(outcome);
      // Through JSON, as a store would keep it.
      position = JSON.parse(JSON.stringify(outcome.next)) as SourcePosition;
    }
  }

  #together(last: PartitionOutcome): PartitionOutcome {
    if (last.state === "stopped") return last;
    const counts = this.#outcomes.map((outcome) => (outcome as typeof last).counts).reduce(addCounts);
    return { ...last, counts };
  }

  /** What publishing makes visible in a bucket, in the order in which the files were ended. */
  async dataOf(bucket: string): Promise<readonly { key: string; text: string; bytes: Buffer }[]> {
    const outputs = this.#outcomes.flatMap((outcome) => (outcome.state === "stopped" ? [] : outcome.outputs));
    const files = outputs.flatMap(({ data, errors }) => [...data, ...errors]);
    const found = [];
    for (const { upload, parts } of files.filter((closed) => closed.upload.bucket === bucket)) {
      await this.objects.completeUpload(upload, parts);
      const chunks: Uint8Array[] = [];
      for await (const chunk of this.objects.read(bucket, upload.key)) chunks.push(Buffer.from(chunk));
      const bytes = Buffer.concat(chunks);
      found.push({ key: upload.key, text: bytes.toString(), bytes });
    }
    return found;
  }

  /** All records of each partition's files, one file behind the other: text as its lines, without headers. */
  async recordsByPartition(format: Format): Promise<Map<string, unknown[]>> {
    const all = new Map<string, unknown[]>();
    const files = [...(await this.dataOf("out-0"))].sort((a, b) => sequenceOf(a.key) - sequenceOf(b.key));
    for (const { key, bytes, text } of files) {
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
      const partition = key.split("/").slice(0, -1).join("/");
      const lines = text.split("\n").slice(format === "csv" ? 1 : 0, -1);
      const records = format === "parquet" ? await parquetReadObjects({ file }) : lines;
      all.set(partition, [...(all.get(partition) ?? []), ...records]);
    }
    return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** The counts of records. Bytes differ: what was in hand at a stop is read again, and Parquet's row groups end there. */
function booksOf(outcome: PartitionOutcome): unknown {
  if (outcome.state !== "done") throw new Error(`the run ended as ${outcome.state}`);
  const { bytesRead: _, destinations, ...counts } = outcome.counts;
  return { ...counts, destinations: destinations.map(({ written, rejected }) => ({ written, rejected })) };
}

function sequenceOf(key: string): number {
  return Number(key.split("/").at(-1));
}

function plan(outputs: readonly PlannedOutput[], tasks: readonly Task[]): RunPlan {
  return {
    flow: "flow",
    runId: "run",
    schemaVersion: 1,
    startedAt: 0,
    slices: { list: [null] },
    source: { connector: "Test", settings: {}, fields: undefined },
    tasks,
    outputs: outputs.map((planned, i) => ({
      ...planned,
      target: { ...planned.target, bucket: `out-${i}` },
      errors: { bucket: `errors-${i}`, prefix: "" },
    })),
  };
}

function output(format: Format, aggregation: FileTarget["aggregation"], fields?: readonly string[]): PlannedOutput {
  return {
    target: target(format, aggregation),
    fields:
      format === "json" ? undefined : (fields ?? ["id", "name"]).map((name) => ({ name, type: { name: "string" } })),
    errors: undefined,
    failOnFirstError: false,
  };
}

function target(format: Format, aggregation: FileTarget["aggregation"]): FileTarget {
  return {
    bucket: "",
    prefix: "",
    format,
    typed: false,
    layout: {
      datePath: false,
      granularity: undefined,
      schemaVersionFolder: false,
      executionFolder: false,
    },
    aggregation,
    targetFileBytes: undefined,
  };
}

function recordLines(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `{"id":${i},"name":"${name} ${i}","kind":"k${i % 5}"}`);
}

function jsonFile(name: string, count: number): TestFile {
  return file(
    name,
    recordLines(name, count)
      .map((line) => `${line}\n`)
      .join(""),
  );
}

function csvFile(name: string, count: number): TestFile {
  const rows = Array.from({ length: count }, (_, i) => `${i},"${name}, ${i}",k${i % 5}\n`);
  return { name, bytes: Buffer.from(`id,name,kind\n${rows.join("")}`), format: { type: "csv" } };
}

function file(name: string, text: string): TestFile {
  return { name, bytes: Buffer.from(text), format: { type: "json" } };
}
