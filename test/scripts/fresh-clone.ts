import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const REPOSITORY = join(import.meta.dirname, "../..");
const COPIED = ["scripts/bootstrap.mjs", "scripts/process-lock.mjs", "bin/millrace.mjs"];

/**
 * A fresh clone in small: the real scripts, and as its only dependency a folder of its own that stands for the `node`
 * package, so that npm has something to install and needs no network.
 */
export class FreshClone implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "millrace-clone-"));

  constructor() {
    for (const file of COPIED) cpSync(join(REPOSITORY, file), this.file(file));
    mkdirSync(this.file("vendor/node/bin"), { recursive: true });
    symlinkSync(process.execPath, this.file("vendor/node/bin/node"));
    this.lockVersion("1.0.0");
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  file(path: string): string {
    return join(this.path, path);
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.file(path), ".."), { recursive: true });
    writeFileSync(this.file(path), text);
  }

  /** Makes the lockfile ask for this version of the one dependency. */
  lockVersion(version: string): void {
    const own = { name: "clone", version: "1.0.0", type: "module", dependencies: { node: "file:vendor/node" } };
    const packages = {
      "": own,
      "node_modules/node": { resolved: "vendor/node", link: true },
      "vendor/node": { name: "node", version },
    };
    this.write("vendor/node/package.json", JSON.stringify({ name: "node", version }));
    this.write("package.json", JSON.stringify(own));
    this.write("package-lock.json", JSON.stringify({ lockfileVersion: 3, requires: true, packages }));
  }

  start(script: string, ...args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [this.file(script), ...args], { stdio: ["ignore", "pipe", "pipe"] });
  }

  run(script: string, ...args: readonly string[]): Promise<Finished> {
    return finished(this.start(script, ...args));
  }
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function finished(child: ChildProcess): Promise<Finished> {
  const text = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk) => (text.stdout += String(chunk)));
  child.stderr?.on("data", (chunk) => (text.stderr += String(chunk)));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...text }));
  });
}
