import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { finished, FreshClone } from "./fresh-clone.ts";
import type { Finished } from "./fresh-clone.ts";

let clone: FreshClone;
beforeEach(() => (clone = new FreshClone()));
afterEach(() => clone[Symbol.dispose]());

describe("bootstrap", () => {
  it("installs when node_modules is missing, and does nothing after that", async () => {
    const first = await bootstrap();
    const second = await bootstrap();

    expect(first).toMatchObject({ code: 0, stdout: "" });
    expect(installs(first)).toBe(true);
    expect(existsSync(clone.file("node_modules/node/bin/node"))).toBe(true);
    expect(second).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("installs again when the lockfile names other packages, not when it is only younger", async () => {
    await bootstrap();

    utimesSync(clone.file("package-lock.json"), new Date(), new Date(Date.now() + 60_000));
    const touched = await bootstrap();
    clone.lockVersion("1.0.1");
    const changed = await bootstrap();

    expect(installs(touched)).toBe(false);
    expect(installs(changed)).toBe(true);
  });

  it("installs again when an installation was cut short", async () => {
    await bootstrap();
    rmSync(clone.file("node_modules/.package-lock.json"));

    const again = await bootstrap();

    expect(installs(again)).toBe(true);
  });

  it("installs once when several start at the same time, and all of them wait for it", async () => {
    const results = await Promise.all([bootstrap(), bootstrap(), bootstrap()]);

    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(results.filter(installs)).toHaveLength(1);
    expect(readdirSync(clone.file(".millrace"))).toEqual([]);
  });

  it("takes over from an installer that died", async () => {
    clone.write(".millrace/install-lock/owner", `${await idOfEndedProcess()}-1`);

    const results = await Promise.all([bootstrap(), bootstrap()]);

    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(results.filter(installs)).toHaveLength(1);
    expect(readdirSync(clone.file(".millrace"))).toEqual([]);
  });

  it("passes npm's failure on", async () => {
    clone.write("package-lock.json", "{}");

    const { code, stderr } = await bootstrap();

    expect(code).toBe(1);
    expect(stderr).toContain("npm ci failed");
  });

  it("says what to do when npm ran no install scripts", async () => {
    rmSync(clone.file("vendor/node/bin/node"));

    const { code, stderr } = await bootstrap();

    expect(code).toBe(1);
    expect(stderr).toContain("npm rebuild node --ignore-scripts=false");
  });
});

function bootstrap(): Promise<Finished> {
  return clone.run("scripts/bootstrap.mjs");
}

function installs({ stderr }: Finished): boolean {
  return stderr.includes("installing dependencies");
}

async function idOfEndedProcess(): Promise<number | undefined> {
  const child = spawn(process.execPath, ["--version"]);
  await finished(child);
  return child.pid;
}
