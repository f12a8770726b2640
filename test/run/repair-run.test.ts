import { describe, expect, it } from "vitest";
import { giveUpRun, retryRun } from "../../src/run/repair-run.ts";
import { blockedFiles, listFiles, lostFiles } from "../../src/run/publish-set.ts";
import type { Run } from "../../src/run/run.ts";
import { hasEnded } from "../../src/run/transitions.ts";
import { verifyRun } from "../../src/run/verify-run.ts";
import type { Task } from "../../src/tasks/task.ts";
import { FlowWorld, MAP_ALL } from "../support/flow-world.ts";

const BY_KIND: Task = { type: "partition", index: 1, fields: ["kind"] };
const LINES = Array.from({ length: 10 }, (_, i) => `{"n":${i},"kind":"k${i % 5}"}\n`).join("");
const DAYS = 24 * 60 * 60 * 1000;

/** A run that is decided, and of which nothing is published yet. */
async function decided(): Promise<{ world: FlowWorld; keys: readonly string[] }> {
  const world = await FlowWorld.of({ tasks: [MAP_ALL, BY_KIND], files: { "1.json": `${LINES}broken\n` } });
  world.objects.completesLeft = 0;
  await expect(world.run()).rejects.toThrow("no luck");
  world.objects.completesLeft = Infinity;
  const files = await listFiles(await world.stored(), world.ports);
  return { world, keys: files.filter(({ kind }) => kind === "data").map(({ upload }) => upload.key) };
}

/** A run two of whose objects have names that somebody else has taken. */
async function blocked(): Promise<{ world: FlowWorld; run: Run; taken: readonly string[] }> {
  const { world, keys } = await decided();
  const taken = [keys[1]!, keys[3]!];
  for (const { upload } of await listFiles(await world.stored(), world.ports)) {
    if (!taken.includes(upload.key)) continue;
    await world.objects.abortUpload(upload);
    await world.objects.put("out", upload.key, Buffer.from("theirs"));
  }
  return { world, run: await world.execute(), taken };
}

const verify = async (world: FlowWorld) =>
  (await verifyRun(await world.stored(), world.ports, new AbortController().signal)).faults;

describe("a run that cannot be published", () => {
  it("is blocked, names every object at fault, and shows all others but no receipt", async () => {
    const { world, run, taken } = await blocked();

    expect(run).toMatchObject({ state: "committed" });
    for (const key of taken) expect(run.blocked).toContain(`out/${key}`);
    expect((await blockedFiles(run, world.ports)).map(({ key, records }) => [key, records])).toEqual(
      taken.map((key) => [key, 2]),
    );
    expect(world.dataKeys()).toHaveLength(5);
    expect(() => world.receipt()).toThrow("no object");
    expect((await world.ports.runs.position("flow"))!.active).toBe("run");
  });

  it("is not blocked by an object that is the run's own, where the store has forgotten its upload", async () => {
    const { world } = await decided();
    const [file] = await listFiles(await world.stored(), world.ports);
    await world.objects.completeUpload(file!.upload, file!.parts);
    world.objects.failing.set(file!.upload.key, "NoSuchUpload");

    expect(await world.execute()).toMatchObject({ state: "published" });
    expect(await verify(world)).toEqual([]);
  });

  it("waits 72 hours for access, then is blocked; an aborted run is, too", async () => {
    const { world, keys } = await decided();
    world.objects.failing.set(keys[0]!, "AccessDenied");

    await expect(world.execute()).rejects.toThrow("no luck");
    world.clock += 4 * DAYS;

    expect(await world.execute()).toMatchObject({ state: "committed", blocked: expect.stringContaining(keys[0]!) });

    const failed = await FlowWorld.of({ files: { "1.json": "broken\n" } });
    failed.objects.completesLeft = 0;
    await expect(failed.run()).rejects.toThrow("no luck");
    const [errors] = await listFiles(await failed.stored(), failed.ports);
    failed.objects.failing.set(errors!.upload.key, "Invalid");
    expect(await failed.execute()).toMatchObject({ state: "aborting", blocked: expect.stringContaining("no luck") });
    expect(await giveUpRun(await failed.stored(), failed.ports)).toMatchObject({ state: "aborted" });
  });
});

describe("trying again", () => {
  it("publishes everything once the cause is mended", async () => {
    const { world, keys } = await decided();
    world.objects.failing.set(keys[2]!, "AccessDenied");
    world.clock += 4 * DAYS;
    const run = await world.execute();
    world.objects.failing.clear();

    const repaired = await retryRun(run, world.ports);

    expect(repaired).toMatchObject({ state: "published" });
    expect(repaired.blocked).toBeUndefined();
    expect(await verify(world)).toEqual([]);
    expect((await world.ports.runs.position("flow"))!.active).toBeUndefined();
  });

  it("does not take an object for published that it does not see, after it had been in doubt", async () => {
    const { world, run, taken } = await blocked();
    for (const key of taken) await world.objects.delete("out", key);

    const again = await retryRun(run, world.ports);

    expect(again).toMatchObject({ state: "committed", blocked: expect.stringContaining("is gone") });
    expect((await blockedFiles(again, world.ports)).map(({ key }) => key)).toEqual(taken);
  });

  it("changes nothing of a run that is not blocked, or that somebody else has repaired meanwhile", async () => {
    const { world, run } = await blocked();
    const ended = await giveUpRun(run, world.ports);

    expect(await retryRun(run, world.ports)).toEqual(ended);
    expect(await giveUpRun(run, world.ports)).toEqual(ended);
    expect(await retryRun(ended, world.ports)).toEqual(ended);
  });
});

describe("giving up", () => {
  it("publishes all others, says what is lost, and still balances", async () => {
    const { world, run, taken } = await blocked();

    const repaired = await giveUpRun(run, world.ports);

    expect(repaired).toMatchObject({
      state: "published",
      counts: { read: 11, destinations: [{ written: 10 }] },
      message: expect.stringContaining("4 records were lost with 2 objects"),
    });
    const receipt = world.receipt();
    expect(receipt.lost!.map(({ key, records }) => [key, records])).toEqual(taken.map((key) => [key, 2]));
    expect(receipt.objects.map(({ key }) => key)).not.toContain(taken[0]);
    expect(await verify(world)).toEqual([]);
    expect(world.objects.text("out", taken[0]!)).toBe("theirs");
    expect((await world.ports.runs.position("flow"))!.active).toBeUndefined();
    expect(await world.run("next")).toMatchObject({ state: "published" });
  });

  it("loses nothing that can be published by then", async () => {
    const { world, keys } = await decided();
    for (const key of keys.slice(0, 2)) world.objects.failing.set(key, "AccessDenied");
    world.clock += 4 * DAYS;
    const run = await world.execute();
    world.objects.failing.delete(keys[0]!);

    const repaired = await giveUpRun(run, world.ports);

    expect((await lostFiles(repaired, world.ports)).map(({ key }) => key)).toEqual([keys[1]]);
    world.objects.failing.clear();
    expect(await verify(world)).toEqual([]);
  });

  it("ends a run whose bucket is gone, receipt and all", async () => {
    const { world } = await decided();
    world.objects.gone.add("out");
    world.clock += 4 * DAYS;
    const run = await world.execute();

    const repaired = await giveUpRun(run, world.ports);

    expect(run.blocked).toContain("no bucket out");
    expect(hasEnded(repaired)).toBe(true);
    expect((await lostFiles(repaired, world.ports)).map(({ kind }) => kind).toSorted()).toEqual([
      ...Array<string>(5).fill("data"),
      "error",
      "receipt",
    ]);
    expect((await world.ports.runs.position("flow"))!.active).toBeUndefined();
  });

  it("fails, and changes nothing, while the store does", async () => {
    const { world, run } = await blocked();
    world.objects.completesLeft = 0;

    await expect(giveUpRun(run, world.ports)).rejects.toThrow("no luck");

    expect(await world.stored()).toEqual(run);
  });
});
