import { readFileSync } from "node:fs";

export interface Measured {
  readonly written: number;
  /** Read from the source, where somebody wants to know. */
  readonly bytes?: number;
  readonly ms: number;
  /** Of all cores together. */
  readonly cpuMs: number;
  readonly peakMB: number;
}

/** Runs one job in this process and prints what it took as one line of JSON. Start-up and module loading are not counted. */
export async function measure(job: () => Promise<number | Pick<Measured, "written" | "bytes">>): Promise<void> {
  const start = performance.now();
  const startCpu = process.cpuUsage();
  const done = await job();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(startCpu);
  const counts = typeof done === "number" ? { written: done } : done;
  const measured: Measured = { ...counts, ms, cpuMs: (user + system) / 1000, peakMB: peakKB() / 1024 };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}

/** Linux counts a process's peak anew after exec only here; `maxRSS` would still be the parent's. */
function peakKB(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]);
}
