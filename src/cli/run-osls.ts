import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { EXIT } from "./exit-codes.ts";

/** The folder of serverless.yml. */
const ROOT = join(import.meta.dirname, "..", "..");
const OSLS = join(ROOT, "node_modules", "serverless", "bin", "serverless.js");

/** Runs osls on this project, with what it says for everybody to see. Answers with the exit code; interrupted with it, when that is asked for. */
export async function runOsls(args: readonly string[], interrupted: AbortSignal): Promise<number> {
  const child = spawn(process.execPath, [OSLS, ...args], { cwd: ROOT, stdio: "inherit" });
  const stop = () => child.kill("SIGINT");
  interrupted.addEventListener("abort", stop);
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    if (code === 0) return EXIT.ok;
    return interrupted.aborted ? EXIT.interrupted : EXIT.transient;
  } finally {
    interrupted.removeEventListener("abort", stop);
  }
}
