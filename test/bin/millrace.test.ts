import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { finished, FreshClone } from "../scripts/fresh-clone.ts";

let clone: FreshClone;
beforeEach(() => (clone = new FreshClone()));
afterEach(() => clone[Symbol.dispose]());

describe("bin/millrace.mjs", () => {
  it("installs first, then hands over arguments and exit code, with nothing else on stdout", async () => {
    clone.write("src/cli/main.ts", `console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;`);

    const { code, stdout, stderr } = await clone.run("bin/millrace.mjs", "run", "a b", "--flag=");

    expect({ code, stdout }).toEqual({ code: 7, stdout: `["run","a b","--flag="]\n` });
    expect(stderr).toContain("installing dependencies");
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("passes %s on and waits for the answer", async (signal) => {
    clone.write(
      "src/cli/main.ts",
      `process.on("${signal}", () => setTimeout(() => process.exit(42), 50)); setInterval(() => {}, 1000); console.log("ready");`,
    );
    const child = clone.start("bin/millrace.mjs");
    const end = finished(child);

    await once(child.stdout!, "data");
    child.kill(signal);

    expect((await end).code).toBe(42);
  });

  it("ends with 128 and the signal's number when a signal ends the command", async () => {
    clone.write("src/cli/main.ts", `process.kill(process.pid, "SIGKILL");`);

    const { code } = await clone.run("bin/millrace.mjs");

    expect(code).toBe(137);
  });
});
