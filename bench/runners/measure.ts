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
  const measured: Measured = { written, ms, peakMB: process.resourceUsage().maxRSS / 1024 };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}
