import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseReceipt } from "../../src/run/parse-receipt.ts";
import type { Receipt } from "../../src/run/receipt.ts";
import { verifyReceipt } from "../../src/run/verify-receipt.ts";
import { verifyRun } from "../../src/run/verify-run.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import type { Task } from "../../src/tasks/task.ts";
import { FlowWorld, MAP_ALL } from "../support/flow-world.ts";

const NEVER = new AbortController().signal;
const POSITIVE: Task = {
  type: "filter",
  index: 1,
  field: "n",
  operator: "greater",
  values: ["0"],
  dataType: undefined,
};
const KNOWN: Task = { type: "validate", index: 2, field: "kind", rule: "non-null", onFailure: "drop-record" };
const BY_KIND: Task = { type: "partition", index: 3, fields: ["kind"] };

const LINES = [
  '{"n":1,"kind":"a","text":"x, \\"y\\""}',
  '{"n":2,"kind":"b","text":"line\\nline"}',
  '{"n":0,"kind":"a"}',
  "broken",
  '{"n":4,"kind":null}',
  '{"n":5,"kind":"b","text":"é"}',
];
const FILES = { "1.json": `${LINES.join("\n")}\n` };
const TASKS = [MAP_ALL, POSITIVE, KNOWN, BY_KIND];
const ALL_FORMATS: readonly JsonObject[] = [
  { fileType: "JSON" },
  { fileType: "CSV" },
  { fileType: "PARQUET", preserveSourceDataTyping: true },
  { fileType: "PARQUET" },
];

async function published(): Promise<FlowWorld> {
  const world = await FlowWorld.of({ tasks: TASKS, outputs: ALL_FORMATS, files: FILES });
  expect(await world.run()).toMatchObject({ state: "published" });
  return world;
}

const faultsOf = async (world: FlowWorld, receipt: Receipt = world.receipt()) =>
  verifyReceipt(receipt, world.objects, NEVER);

describe("a receipt", () => {
  it("names every object with its size, digests and records, and what each task dropped", async () => {
    const world = await published();
    const receipt = world.receipt();

    expect(receipt.counts).toMatchObject({
      read: 6,
      filtered: 2,
      filteredBy: [
        { task: 1, records: 1 },
        { task: 2, records: 1 },
      ],
      rejected: 1,
    });
    expect(receipt.objects.map(({ kind, destination, records }) => [destination, kind, records])).toEqual([
      [0, "data", 1],
      [0, "data", 2],
      [0, "error", 1],
      ...[1, 2, 3].flatMap((destination) => [
        [destination, "data", 1],
        [destination, "data", 2],
      ]),
    ]);
    for (const { bucket, key, sha256, bytes } of receipt.objects) {
      const stored = world.objects.bytes(bucket, key);
      expect([sha256, bytes]).toEqual([createHash("sha256").update(stored).digest("hex"), stored.length]);
    }
  });

  it("is the same in every bucket, and verifies", async () => {
    const world = await published();
    const texts = ["out", "out2", "out3", "out4"].map((bucket) => world.receipt("run", bucket));

    expect(new Set(texts.map((text) => JSON.stringify(text))).size).toBe(1);
    expect(parseReceipt(JSON.stringify(texts[0]))).toEqual(texts[0]);
    expect(await faultsOf(world)).toEqual([]);
    expect((await verifyRun(await world.stored(), world.ports, NEVER)).faults).toEqual([]);
  });

  it("has the same digest of records when they come in another order, in other files", async () => {
    const digests = [];
    for (const files of [FILES, { "2.json": LINES.slice(0, 2).join("\n"), "1.json": LINES.slice(2).join("\n") }]) {
      for (const tasks of [TASKS, TASKS.slice(0, 3)]) {
        const world = await FlowWorld.of({ tasks, outputs: ALL_FORMATS, files });
        await world.run();
        digests.push(world.receipt().destinations);
      }
    }

    expect(digests).toEqual([digests[0], digests[0], digests[0], digests[0]]);
  });
});

describe("verifying", () => {
  it("names every object that was changed, cut, lengthened or taken away, and nothing else", async () => {
    const world = await published();
    const [first, second, errors, csv, , parquet] = world.receipt().objects;
    const bytes = world.objects.bytes("out2", csv!.key);
    await world.objects.delete("out", first!.key);
    await world.objects.put("out", second!.key, Buffer.from(world.objects.text("out", second!.key).replace("5", "6")));
    await world.objects.put(
      "out",
      errors!.key,
      Buffer.concat([world.objects.bytes("out", errors!.key), Buffer.from("{}\n")]),
    );
    await world.objects.put("out2", csv!.key, bytes.subarray(0, bytes.length - 1));
    await world.objects.put("out3", parquet!.key, Buffer.from("PAR1"));

    const faults = await faultsOf(world);

    const kinds = (object: typeof first) =>
      faults.filter((fault) => fault.object === `s3://${object!.bucket}/${object!.key}`).map(({ fault }) => fault);
    expect(kinds(first)).toEqual(["missing"]);
    expect(kinds(second)).toEqual(["sha256", "record-digest"]);
    expect(kinds(errors)).toEqual(["size", "sha256", "records"]);
    expect(kinds(csv)).toEqual(["size", "sha256"]);
    expect(kinds(parquet)).toEqual(["size", "sha256", "record-digest"]);
    expect(new Set(faults.map(({ object }) => object)).size).toBe(6);
  });

  it("does not believe counts, however well they agree with one another", async () => {
    const world = await published();
    const receipt = world.receipt();
    const more = {
      ...receipt.counts,
      read: 7,
      destinations: receipt.counts.destinations.map((d) => ({ ...d, written: 4 })),
    };

    const faults = await faultsOf(world, { ...receipt, counts: more });
    const without = await faultsOf(world, { ...receipt, objects: receipt.objects.slice(1) });
    const twice = await faultsOf(world, { ...receipt, objects: [...receipt.objects, receipt.objects[0]!] });
    const byTask = await faultsOf(world, { ...receipt, counts: { ...receipt.counts, filteredBy: [] } });

    expect(faults).toHaveLength(8);
    for (const found of [faults, without, byTask])
      expect(new Set(found.map(({ fault }) => fault))).toEqual(new Set(["balance"]));
    expect(twice[0]).toMatchObject({ fault: "named-twice", object: expect.stringContaining(receipt.objects[0]!.key) });
  });

  it("tells a receipt that was changed or lost", async () => {
    const world = await published();
    await world.objects.put("out", "_millrace/runs/flow/run.json", Buffer.from("{}"));
    await world.objects.delete("out2", "_millrace/runs/flow/run.json");

    const { faults } = await verifyRun(await world.stored(), world.ports, NEVER);

    expect(faults.map(({ object, fault }) => [object, fault])).toEqual([
      ["s3://out/_millrace/runs/flow/run.json", "receipt"],
      ["s3://out2/_millrace/runs/flow/run.json", "missing"],
    ]);
  });
});

describe("parseReceipt", () => {
  it("tells everything that is wrong, with its place", async () => {
    const receipt = (await published()).receipt();
    const broken = {
      ...receipt,
      flow: 1,
      window: { from: "soon", since: 1, after: 1, to: 2, rememberAfter: 1, origin: "o" },
      moves: -1,
      delivered: { sha256: 5 },
      counts: { ...receipt.counts, read: -1 },
      objects: [{ ...receipt.objects[0], sha256: "xyz", kind: "other" }],
    };

    expect(parseReceipt(JSON.stringify(broken))).toEqual({
      problems: [
        "flow: expected a text, found 1",
        'window.from: expected a time in milliseconds since 1970, found "soon"',
        "moves: expected a count, found -1",
        'delivered: expected `base64`, or `sha256`, found {"sha256":5}',
        "counts.read: expected a count, found -1",
        'objects[0].kind: expected "data" or "error", found "other"',
        'objects[0].sha256: expected 64 hexadecimal digits, found "xyz"',
      ],
    });
    for (const text of ["", "[]", "null", '{"version":2}', '{"__proto__":{}}']) {
      expect(parseReceipt(text)).toHaveProperty("problems");
    }
  });
});
