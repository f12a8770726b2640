import { describe, expect, it } from "vitest";
import { millrace } from "../support/cli.ts";

describe("millrace", () => {
  it("says everything that is wrong with the environment, whatever the command", async () => {
    const env = { MILLRACE_WIDTH: "wide", MILLRACE_PORT: "http" };

    const [dev, runs] = await Promise.all([millrace(["dev"], { env }), millrace(["runs", "list"], { env })]);

    for (const { code, stdout, stderr } of [dev, runs]) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/MILLRACE_WIDTH: "wide" is not .*\n.*MILLRACE_PORT: "http" is not /);
      expect(stderr).not.toContain("at readConfig");
    }
  });
});
