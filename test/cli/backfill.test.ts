import { readdir, readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { millrace } from "../support/cli.ts";
import { DataFolder } from "../support/data-folder.ts";

let data: DataFolder;

/** One object for each of three days, and the flow that reads them. */
beforeEach(async () => {
  data = await DataFolder.make({ "1.json": '{"day":1}\n', "2.json": '{"day":2}\n', "3.json": '{"day":3}\n' });
  for (const day of [1, 2, 3]) {
    const at = new Date(`2026-01-0${day}T12:00:00Z`);
    await utimes(join(data.bucket("orders-in"), `${day}.json`), at, at);
  }
  await data.run();
});

afterEach(() => data.remove());

const backfill = (...args: readonly string[]) => millrace(["backfill", ...args, "--data", data.path]);

const written = () => readdir(join(data.bucket("lake"), "orders"));

describe("millrace backfill", () => {
  it("reads the time again in windows, and leaves out what is done when it is called again", async () => {
    const before = await written();

    const first = await backfill("orders", "--from", "2026-01-01", "--to", "2026-01-03", "--window", "1d", "--json");
    const again = await backfill("orders", "--from", "2026-01-01", "--to", "2026-01-04", "--window", "1d");

    expect([first.code, again.code]).toEqual([0, 0]);
    const windows = first.stdout.trim().split("\n");
    expect(windows.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { flow: "orders", status: "successful", range: { from: "2026-01-01T00:00:00.000Z" }, counts: { read: 1 } },
      { flow: "orders", status: "successful", range: { until: "2026-01-03T00:00:00.000Z" }, counts: { read: 1 } },
    ]);
    expect(again.stdout.match(/an earlier call has read it/g)).toHaveLength(2);
    expect(again.stdout).toContain("1 read = 1 written + 0 filtered + 0 rejected");
    const keys = (await written()).filter((key) => !before.includes(key));
    const texts = await Promise.all(keys.map((key) => readFile(join(data.bucket("lake"), "orders", key), "utf8")));
    expect(texts.toSorted()).toEqual(['{"day":1}\n', '{"day":2}\n', '{"day":3}\n']);
  });

  it("says all that is wrong with the command at once", async () => {
    const wrong = await backfill("--from", "yesterday", "--to", "2999-01-01", "--window", "0d");
    const unknown = await backfill("nothing", "--from", "2026-01-01", "--to", "2026-01-02");
    const reversed = await backfill("orders", "--from", "2026-01-02", "--to", "2026-01-01");

    expect([wrong.code, unknown.code, reversed.code]).toEqual([1, 1, 1]);
    for (const fault of ["expected one FLOW", "--from yesterday", "--to 2999-01-01 is in the future", "--window 0d"]) {
      expect(wrong.stderr).toContain(fault);
    }
    expect(unknown.stderr).toContain("there is no flow nothing");
    expect(reversed.stderr).toContain("--from 2026-01-02 is not before --to 2026-01-01");
  });
});
