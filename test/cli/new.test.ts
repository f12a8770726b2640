import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newConnector } from "../../src/cli/new-connector.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const LEFT_OUT = new Set([".git", ".millrace", ".serverless", ".build", "coverage", "node_modules"]);

const SUITES = ["connectors/github", "connectors/zeta2", "connectors/index.test.ts", "architecture.test.ts"].map(
  (path) => `test/${path}`,
);

interface Finished {
  readonly code: unknown;
  readonly output: string;
}

/** In a copy of the repository, which the commands of `npm run check` then judge. */
describe("millrace new connector", () => {
  let copy: string;
  let made: readonly Finished[];

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), "millrace-new-"));
    for (const name of (await readdir(ROOT)).filter((each) => !LEFT_OUT.has(each))) {
      await cp(join(ROOT, name), join(copy, name), { recursive: true });
    }
    await symlink(join(ROOT, "node_modules"), join(copy, "node_modules"));
    made = [await millrace("new", "connector", "GitHub"), await millrace("new", "connector", "Zeta2")];
  });

  afterAll(() => rm(copy, { recursive: true, force: true }));

  const run = (program: string, ...args: readonly string[]) =>
    new Promise<Finished>((resolve) => {
      const path = `${join(ROOT, "node_modules", ".bin")}${delimiter}${process.env["PATH"]}`;
      const env = { ...process.env, PATH: path, NO_COLOR: "1" };
      execFile(program, args, { cwd: copy, env }, (error, stdout, stderr) => {
        resolve({ code: error?.code ?? 0, output: stdout + stderr });
      });
    });

  const millrace = (...args: readonly string[]) => run(process.execPath, "src/cli/main.ts", ...args);

  it("makes connectors, which can be described at once", async () => {
    const described = await millrace("connectors", "describe", "github");

    expect(made.map(({ code }) => code)).toEqual([0, 0]);
    expect(made[0]!.output).toContain("connectors/github/source.ts\n");
    expect(described.output).toContain("as a source: this engine reads it");
    expect(described.output).toContain("    apiKey  required, secret\n");
    expect(await readFile(join(copy, "connectors", "github", "README.md"), "utf8")).not.toMatch(/acme|template/i);
  });

  it.each([
    ["oxfmt", ["--check", "connectors", "test/connectors", "src/api"]],
    ["oxlint", ["--type-aware", "--deny-warnings", "connectors", "test/connectors", "src/api"]],
    ["tsc", ["-p", "."]],
    ["knip", []],
    ["vitest", ["run", ...SUITES]],
  ])("makes them so that %s is content", async (program, args) => {
    const { code, output } = await run(program, ...args);

    expect(code === 0 ? "fine" : output).toBe("fine");
    if (program === "vitest") expect(output).toMatch(/Test Files +4 passed/);
  });

  it("makes nothing where something is in the way, and says all of it", async () => {
    const before = await readFile(join(copy, "connectors", "index.ts"), "utf8");
    const reasons = [];
    for (const name of ["Zendesk", "git-hub", "lower", "Switch", "Batch"]) {
      reasons.push(await newConnector(name, copy).then(String, (error: Error) => error.message));
    }

    expect(reasons).toEqual([
      expect.stringContaining("connectors/zendesk is there already"),
      expect.stringContaining("git-hub: expected 2 to 30 letters and digits"),
      expect.stringContaining("lower: expected 2 to 30 letters and digits, an upper-case letter first"),
      "Switch is a word of TypeScript — choose another name, such as SwitchApi",
      expect.stringMatching(/^Batch is a word of src\/.*\.ts, and the engine names no connector — .* BatchApi$/),
    ]);
    expect(await readFile(join(copy, "connectors", "index.ts"), "utf8")).toBe(before);
  });
});
