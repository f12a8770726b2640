import { appendFile, cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { millrace } from "../support/cli.ts";
import { DataFolder } from "../support/data-folder.ts";

let data: DataFolder;

beforeEach(async () => {
  data = await DataFolder.make({ "1.json": '{"n":1}\n{"n":2}\nbroken\n' });
});

afterEach(() => data.remove());

describe("millrace verify", () => {
  it("re-reads what a run wrote, and exits with 0 when it is as the receipt says", async () => {
    const { id } = await data.run();

    const [text, json] = [await verify(id), await verify(id, "--json")];

    expect([text.code, json.code]).toEqual([0, 0]);
    expect(text.stdout).toContain(`${id}: verified`);
    expect(JSON.parse(json.stdout)).toEqual({ run: id, objects: 2, records: 3, faults: [], lost: [], verified: true });
  });

  it("exits with 3 and names every object at fault", async () => {
    const { id } = await data.run();
    const object = "s3://lake/orders/";
    const [name] = await filesOf("lake", "orders");
    await appendFile(join(data.bucket("lake"), "orders", name!), '{"n":3}\n');
    await rm(join(data.bucket("lake"), "_millrace", "errors"), { recursive: true });

    const { code, stdout } = await verify(id, "--json");

    expect(code).toBe(3);
    const { verified, faults } = JSON.parse(stdout) as {
      verified: boolean;
      faults: { object?: string; fault: string }[];
    };
    expect(verified).toBe(false);
    expect(faults.filter((fault) => fault.object?.includes(object)).map(({ fault }) => fault)).toEqual([
      "size",
      "sha256",
      "records",
    ]);
    expect(faults.filter(({ fault }) => fault === "missing")).toMatchObject([
      { object: expect.stringContaining("s3://lake/_millrace/errors/orders") },
    ]);
  });

  it("needs no engine, only the receipt and the objects", async () => {
    const { id } = await data.run();
    const copy = join(data.path, "copy");
    await cp(data.bucket("lake"), copy, { recursive: true });
    const receipt = join(copy, "_millrace", "runs", "orders", `${id}.json`);

    const fine = await millrace(["verify", "--receipt", receipt, "--bucket", `lake=${copy}`]);
    const lost = await millrace(["verify", "--receipt", receipt]);
    const none = await millrace(["verify", "--receipt", join(copy, "orders"), "--bucket", `lake=${copy}`]);

    expect([fine.code, lost.code, none.code]).toEqual([0, 1, 1]);
    expect(lost.stderr).toContain("--bucket lake=DIR");
  });

  it("exits with 1 for a run that is not there, or left nothing, and with 2 for one that goes on", async () => {
    const stopped = await data.run({}, { shouldStop: () => true });
    const unknown = await verify("no-such-run");
    const goesOn = await verify(stopped.id);
    const nowhere = await millrace(["verify", "x", "--data", join(data.path, "nowhere")]);

    expect([unknown.code, goesOn.code, nowhere.code]).toEqual([1, 2, 1]);
    expect(unknown.stderr).toContain("millrace runs list");
    expect(nowhere.stderr).toContain("--data DIR");
  });

  it("says what is wrong with a command line, and teaches with --help", async () => {
    const [both, neither, help] = await Promise.all([
      millrace(["verify", "run", "--receipt", "file"]),
      millrace(["verify"]),
      millrace(["verify", "--help"]),
    ]);

    expect([both.code, neither.code, help.code]).toEqual([1, 1, 0]);
    expect(help.stdout).toContain("--receipt FILE");
  });
});

function verify(id: string, ...options: string[]) {
  return millrace(["verify", id, "--data", data.path, ...options]);
}

async function filesOf(bucket: string, folder: string): Promise<readonly string[]> {
  return readdir(join(data.bucket(bucket), folder));
}
