import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { claimRun } from "../../src/run/claim-run.ts";
import { redriveGroup, rejectedLines, surveyLines } from "../../src/run/redrive.ts";
import type { RejectedLines } from "../../src/run/redrive.ts";
import type { Run } from "../../src/run/run.ts";
import { clearForgotten } from "../../src/run/staging.ts";
import type { Task } from "../../src/tasks/task.ts";
import { FlowWorld } from "../support/flow-world.ts";

const PARQUET = { fileType: "PARQUET", preserveSourceDataTyping: true };
const BIG = "9007199254740993";

/** `n` is to be a whole number. */
const MAPS = mapsTo("bigint");

describe("a redrive", () => {
  it("sends what one destination did not take to that destination alone, and does no task again", async () => {
    const { world, of } = await worldOf(
      ['{"name":"a","n":1}', '{"name":"b","n":"many"}', '{"name":"c","n":3}'],
      [...MAPS, { type: "truncate", index: 2, field: "name", length: 1 }],
    );
    expect(await parquet(world)).toEqual([
      { who: "a", n: 1n },
      { who: "c", n: 3n },
    ]);

    const lines = await correct(of, world, (line) => line.replace('"many"', BIG).replace('"b"', '"bcd"'));
    const [done, ...others] = await redriveAll(world, of, lines);

    expect(others).toEqual([]);
    expect(done).toMatchObject({
      state: "published",
      counts: { read: 1, destinations: [{ written: 1, rejected: 0 }] },
    });
    expect((await parquet(world)).find(({ who }) => who === "bcd")).toEqual({ who: "bcd", n: BigInt(BIG) });
    expect(world.data("out2").trim().split("\n")).toHaveLength(3);
    const types = world
      .dataKeys("out")
      .map((key) => JSON.stringify(parquetMetadata(fileOf(world, key)).schema.slice(1)));
    expect(new Set(types).size).toBe(1);
  });

  it("sends records as they are once the flow takes them", async () => {
    const { world, of } = await worldOf(['{"name":"a","n":1}', '{"name":"b","n":"many"}'], mapsTo("bigint"));
    await change(world, mapsTo("string"));

    const [done] = await redriveAll(world, of);

    expect(done).toMatchObject({ state: "published", counts: { read: 1 } });
    expect(await parquet(world)).toContainEqual({ who: "b", n: "many" });
  });

  it("sends what could not be read through the whole flow, once for all destinations", async () => {
    const { world, of } = await worldOf(['{"name":"a","n":1}', '{"name":"b","n":2', "{}}"]);

    const asTheyAre = await surveyLines(world.flow, () => rejectedLines(of, world.ports));
    const lines = await correct(of, world, (line) =>
      line.includes("{}}")
        ? line.replace(/}$/, `,"record":{"name":"c","n":${BIG}}}`)
        : line.replace('\\"n\\":2', '\\"n\\":2}'),
    );
    const done = await redriveAll(world, of, lines);

    expect(asTheyAre.groups).toEqual([]);
    expect(asTheyAre.unsendable).toHaveLength(2);
    expect(asTheyAre.unsendable[0]!.problem).toContain("`raw` is not a whole JSON object");
    expect(done).toMatchObject([{ counts: { read: 2, destinations: [{ written: 2 }, { written: 2 }] } }]);
    expect((await parquet(world)).map(({ n }) => n)).toEqual([1n, 2n, BigInt(BIG)]);
    expect(world.data("out2")).toContain(`"n":${BIG}`);
  });

  it("gives fields the types that they had in the run, whatever the few records tell", async () => {
    const { world, of } = await worldOf(
      ['{"name":"a","n":1.5}', '{"name":"b","n":2'],
      [{ type: "map-all", index: 0, exclude: [] }],
    );

    const lines = await correct(of, world, (line) => line.replace('\\"n\\":2', '\\"n\\":2}'));
    await redriveAll(world, of, lines);

    expect(new Set((await parquet(world)).map(({ n }) => n))).toEqual(new Set([1.5, 2]));
  });

  it("sends the same records once, again where that had no effect, and leaves the flow where it stands", async () => {
    const { world, of } = await worldOf(['{"name":"a","n":1}', '{"name":"b","n":"many"}']);
    const before = await world.ports.runs.position("flow");
    const lines = await correct(of, world, (line) => line.replace('"many"', "2"));

    const failed = await redriveAll(world, of, lines, AbortSignal.abort());
    const [done] = await redriveAll(world, of, lines);
    const [again] = await redriveAll(world, of, lines);

    expect(failed).toMatchObject([{ state: "aborted" }]);
    expect(done).toMatchObject({ state: "published" });
    expect(again).toEqual(done);
    expect((await parquet(world)).filter(({ who }) => who === "b")).toHaveLength(1);
    const after = (await world.ports.runs.position("flow"))!;
    expect(after).toEqual({ ...before, version: after.version });
  });

  it("lets another run of the flow end first", async () => {
    const { world, of } = await worldOf(['{"name":"b","n":"many"}', '{"name":"a","n":1}']);
    await claimRun(world.flow, "live", world.ports);
    const lines = await correct(of, world, (line) => line.replace('"many"', "2"));
    const { groups } = await surveyLines(world.flow, lines);

    const done = await redriveGroup(world.flow, { of, group: groups[0]!, lines }, world.ports, CONTROL);

    expect(done).toEqual({ state: "busy", runId: "live" });
  });

  it("leaves nothing in the staging bucket once it has ended, nor when nobody came to start it", async () => {
    const { world, of } = await worldOf(['{"name":"b","n":"many"}', '{"name":"a","n":1}']);
    const lines = await correct(of, world, (line) => line.replace('"many"', "2"));
    const staged = () => world.objects.keys("staging").filter((key) => key.startsWith("redrives/"));
    world.objects.now = () => world.clock;
    await redriveAll(world, of, lines);
    await world.objects.put("staging", "redrives/flow/not-started/records.json", Buffer.from("{}"));
    const [own] = staged();
    await world.objects.createUpload("staging", own!);
    await world.objects.createUpload("staging", "redrives/flow/beginning/records.json");

    const before = staged();
    await clearForgotten("staging", world.ports);
    const after = staged();
    world.clock += 2 * 24 * 60 * 60 * 1000;
    await clearForgotten("staging", world.ports);

    expect(before).toHaveLength(2);
    expect(after).toEqual(["redrives/flow/not-started/records.json"]);
    expect(staged()).toEqual([]);
    const left: string[] = [];
    for await (const { key } of world.objects.listUploads("staging", "")) left.push(key);
    expect(left).toEqual(["redrives/flow/beginning/records.json"]);
  });

  it("fails where the lines are others than those that were surveyed, and sends nothing", async () => {
    const { world, of } = await worldOf(['{"name":"b","n":"many"}', '{"name":"a","n":1}']);
    const lines = await correct(of, world, (line) => line.replace('"many"', "2"));
    const { groups } = await surveyLines(world.flow, lines);
    const others = await correct(of, world, (line) => line.replace('"many"', "3"));

    const sent = redriveGroup(world.flow, { of, group: groups[0]!, lines: others }, world.ports, CONTROL);

    await expect(sent).rejects.toThrow("have changed while they were read");
    expect(world.objects.openUploads()).toEqual([]);
    expect(await world.ports.runs.list("flow", 10)).toHaveLength(1);
  });
});

describe("surveyLines", () => {
  it("says of every line why it cannot be sent", async () => {
    const { flow } = await FlowWorld.of({});
    const lines = [
      "{broken",
      "[1]",
      '{"errorCode":"x"}',
      '{"record":[1]}',
      '{"record":{"a":1},"destination":1}',
      '{"raw":"{\\"a\\":1","rawTruncated":true}',
      '{"raw":"1,2,3"}',
      '{"record":{"a":1},"destination":0}',
    ];

    const { groups, unsendable } = await surveyLines(flow, linesOf(lines));

    expect(unsendable.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(unsendable[4]!.problem).toContain("`destination` is 1: the flow has 1");
    expect(groups).toMatchObject([{ destination: 0, records: 1 }]);
  });
});

const CONTROL = { signal: new AbortController().signal, shouldStop: () => false };

/** A flow to typed Parquet and to JSON lines, and its first run. */
async function worldOf(lines: readonly string[], tasks = MAPS): Promise<{ world: FlowWorld; of: Run }> {
  const world = await FlowWorld.of({ tasks, outputs: [PARQUET, {}], files: { "in.json": `${lines.join("\n")}\n` } });
  return { world, of: await world.run("first") };
}

function mapsTo(targetType: string): readonly Task[] {
  return [
    { type: "map", index: 0, source: "name", target: "who", sourceType: undefined, targetType: undefined },
    { type: "map", index: 1, source: "n", target: "n", sourceType: undefined, targetType },
  ];
}

async function change(world: FlowWorld, tasks: readonly Task[]): Promise<void> {
  const { definition, version } = world.flow;
  world.flow = { ...world.flow, definition: { ...definition, tasks }, version: version + 1 };
  await world.ports.flows.update(world.flow);
}

function linesOf(lines: readonly string[]): RejectedLines {
  return async function* () {
    for (const line of lines) yield Buffer.from(line);
  };
}

/** The rejected records, as somebody has corrected them. */
async function correct(of: Run, world: FlowWorld, change: (line: string) => string): Promise<RejectedLines> {
  const lines: string[] = [];
  for await (const line of rejectedLines(of, world.ports)) lines.push(change(line.toString()));
  return linesOf(lines);
}

async function redriveAll(
  world: FlowWorld,
  of: Run,
  lines?: RejectedLines,
  signal = CONTROL.signal,
): Promise<readonly Run[]> {
  const from = lines ?? (() => rejectedLines(of, world.ports));
  const { groups } = await surveyLines(world.flow, from);
  const runs: Run[] = [];
  for (const group of groups) {
    const done = await redriveGroup(world.flow, { of, group, lines: from }, world.ports, { ...CONTROL, signal });
    if (done.state !== "carried") throw new Error(done.state);
    runs.push(done.run);
  }
  return runs;
}

/** The records of all Parquet objects, by their first field. */
async function parquet(world: FlowWorld): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (const key of world.dataKeys("out")) {
    rows.push(...(await parquetReadObjects({ file: fileOf(world, key) })));
  }
  return rows.toSorted((a, b) => (String(a["who"]) < String(b["who"]) ? -1 : 1));
}

function fileOf(world: FlowWorld, key: string): ArrayBuffer {
  return Uint8Array.from(world.objects.bytes("out", key)).buffer;
}
