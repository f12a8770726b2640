import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { millrace } from "../support/cli.ts";
import { DataFolder } from "../support/data-folder.ts";

let data: DataFolder;
let id: string;

beforeEach(async () => {
  data = await DataFolder.make({ "1.json": '{"n":1}\n{"n":2\n{"n":3}\n' });
  ({ id } = await data.run());
});

afterEach(() => data.remove());

const redrive = (...args: readonly string[]) => millrace(["redrive", ...args, "--data", data.path]);

const written = async () => {
  const folder = join(data.bucket("lake"), "orders");
  const texts = await Promise.all((await readdir(folder)).map((key) => readFile(join(folder, key), "utf8")));
  return texts.join("").trim().split("\n").toSorted();
};

describe("millrace redrive", () => {
  it("exports what was rejected, takes it back corrected, and sends it once", async () => {
    const file = join(data.path, "rejected.json");

    const asItIs = await redrive(id);
    const exported = await redrive(id, "--export", file);
    const again = await redrive(id, "--export", file);
    const text = await readFile(file, "utf8");
    await writeFile(file, `${text.trim().slice(0, -1)},"record":{"n":2}}\n`);
    const sent = await redrive(id, "--records", file, "--json");
    const twice = await redrive(id, "--records", file);

    expect([asItIs.code, exported.code, again.code, sent.code, twice.code]).toEqual([3, 0, 1, 0, 0]);
    expect(asItIs.stderr).toContain("line 1 `raw` is not a whole JSON object");
    expect(exported.stderr).toContain("1 rejected records are in");
    expect(JSON.parse(text)).toMatchObject({ errorCode: "MalformedRecord", raw: '{"n":2' });
    expect(JSON.parse(sent.stdout)).toMatchObject({ redriveOf: id, status: "successful", counts: { read: 1 } });
    expect(twice.stdout).toContain("an earlier call has sent them");
    expect(await written()).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  it("sends nothing of a file with a line that cannot be sent, and says what is wrong", async () => {
    const file = join(data.path, "rejected.json");
    await writeFile(file, '{"record":{"n":2}}\n{"record":7}\nnothing\n');

    const [bad, missing, both, none] = await Promise.all([
      redrive(id, "--records", file),
      redrive(id, "--records", join(data.path, "nowhere")),
      redrive(id, "--records", file, "--export", file),
      redrive("no-such-run"),
    ]);

    expect([bad.code, missing.code, both.code, none.code]).toEqual([1, 1, 1, 1]);
    expect(bad.stderr).toMatch(
      /Nothing is sent, because of 2 lines:\n  line 2 `record` is .*\n  line 3 is not a JSON object/,
    );
    expect(missing.stderr).toContain("ENOENT");
    expect(none.stderr).toContain("there is no run no-such-run");
    expect(await written()).toEqual(['{"n":1}', '{"n":3}']);
  });
});
