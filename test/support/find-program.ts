import { execFileSync } from "node:child_process";

/** The version that a program of this machine tells of itself; undefined, and a note in the output, when it tells none. */
export function versionOf(program: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(program, args, {
      encoding: "utf8",
      timeout: 60_000,
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    console.log(`skipped: \`${[program, ...args].join(" ")}\` does not work on this machine`);
    return undefined;
  }
}
