import { readFileSync } from "node:fs";

export interface Measured {
  readonly written: number;
  readonly ms: number;
  readonly peakMB: number;
}

/** Runs one job in this process and prints what it took as one line of JSON. Start-up and module loading are not counted. */
export async function measure(job: () => Promise<number>): Promise<void> {
  const start = performance.now();
  const written = await job();
  const ms = performance.now() - start;
  const measured: Measured = { written, ms, peakMB: peakKB() / 1024 };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}

/** Linux counts a process's peak anew after exec only here; `maxRSS` would still be the parent's. */
function peakKB(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]);
}
